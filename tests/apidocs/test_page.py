"""The routes of the API document: open to everybody, the same under both prefixes, nobody else's server."""

import re

import pytest
from django.test import Client as Http

PREFIXES = ["", "/api/v1/analytics"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_document_is_served_with_the_prefix_asked_under_first(prefix: str) -> None:
    answer = Http().get(f"{prefix}/openapi.json")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["servers"][0] == {"url": prefix or "/"}
    assert "/track" in answer.json()["paths"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_page_loads_all_its_parts_from_below_itself(prefix: str) -> None:
    page = Http().get(f"{prefix}/docs", headers={"Accept": "text/html"})

    parts = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())

    assert page.status_code == 200
    assert page["Content-Type"].startswith("text/html")
    assert "default-src 'none'; script-src 'self'" in page["Content-Security-Policy"]
    assert len(parts) == 5
    assert {Http().get(f"{prefix}/{part}").status_code for part in parts} == {200}


@pytest.mark.parametrize("name", ["views.py", "page.html", "__init__.py", "..%2Fviews.py", "swagger-ui.css.map"])
def test_nothing_else_can_be_had_from_the_folders(name: str) -> None:
    answer = Http().get(f"/docs/{name}")

    assert answer.status_code == 404
    assert set(answer.json()) == {"error", "message", "details"}


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/page.js", "/health", "/ready"])
def test_another_method_is_refused(path: str) -> None:
    answer = Http().post(path, "{}", content_type="application/json")

    assert answer.status_code == 405
    assert answer.json()["error"] == "Method Not Allowed"


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", ""])
def test_what_a_request_accepts_is_no_reason_to_refuse_it(accept: str) -> None:
    answer = Http().get("/health", {"format": "xml"}, headers={"Accept": accept})

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
