"""What browsers are told, as tables of requests and headers."""

from typing import Any

import pytest
from django.test import Client as Http

from tests.analytics.factories import headers, new_client

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.analytics.routes")]

PAGE = "https://example.com"
ALLOWED_HEADERS = (
    "content-type, content-encoding, if-none-match, "
    "event-lens-client-id, event-lens-client-secret, event-lens-sdk-name, event-lens-sdk-version, "
    "openpanel-client-id, openpanel-client-secret, openpanel-sdk-name, openpanel-sdk-version"
)


def preflight(path: str, origin: str = PAGE) -> Any:
    return Http().options(path, headers={"origin": origin, "access-control-request-method": "POST"})


@pytest.mark.parametrize(
    "path",
    [
        "/track",
        "/track/batch",
        "/insights/shop/metrics",
        "/filters/shop/paths",
        "/api/v1/analytics/track",
        "/api/v1/analytics/insights/shop/metrics",
    ],
)
def test_a_preflight_is_answered_without_a_client(path: str) -> None:
    answer = preflight(path)

    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == "https://example.com"
    assert answer["Access-Control-Allow-Methods"] == "GET, POST, PUT, PATCH, DELETE, OPTIONS"
    assert answer["Access-Control-Allow-Headers"] == ALLOWED_HEADERS
    assert answer["Access-Control-Max-Age"] == "86400"
    assert answer["Vary"] == "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize("path", ["/admin/login/", "/trackers", "/nowhere", "/api/v1/track"])
def test_other_addresses_have_no_cors_answers(path: str) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(path)
    assert "Access-Control-Allow-Origin" not in Http().get(path, headers={"origin": PAGE})


def test_options_without_a_preflights_headers_is_no_preflight() -> None:
    assert Http().options("/track", headers={"origin": PAGE}).status_code == 401
    assert Http().options("/track").status_code == 401


@pytest.mark.parametrize(
    ("listed", "origin", "readable"),
    [
        (["https://example.com"], "https://example.com", True),
        (["https://example.com"], "https://EXAMPLE.com", True),
        (["https://*.example.com"], "https://shop.example.com", True),
        (["*"], "https://anything.io", True),
        (["https://example.com"], "https://example.com.evil.io", False),
        (["https://example.com"], "https://evilexample.com", False),
        (["https://*.example.com"], "https://evilexample.com", False),
        (["https://*.example.com"], "https://example.com", False),
        (["https://example.com"], "http://example.com", False),
        ([], "https://example.com", False),
    ],
)
def test_an_answer_is_readable_for_the_listed_pages(listed: list[str], origin: str, readable: bool) -> None:
    new_client("root", cors=listed)

    for answer in [
        Http().generic("POST", "/track", headers=headers("root", origin=origin)),
        Http().get("/insights/shop/metrics", headers=headers("root", origin=origin)),
    ]:
        assert answer.status_code == 200
        assert answer.get("Access-Control-Allow-Origin") == (origin if readable else None)
        exposed = "ETag, Retry-After, X-Request-Id" if readable else None
        assert answer.get("Access-Control-Expose-Headers") == exposed
        assert answer["Vary"] == "Origin"


@pytest.mark.parametrize(
    ("client_id", "path", "status"),
    [("nobody", "/track", 401), ("read", "/track", 403), ("read", "/track/nowhere", 404)],
)
def test_an_error_is_readable_for_every_page(client_id: str, path: str, status: int) -> None:
    new_client("read")

    answer = Http().generic("POST", path, headers=headers(client_id, origin=PAGE))

    assert answer.status_code == status
    assert answer["Access-Control-Allow-Origin"] == "https://example.com"
    assert "Access-Control-Allow-Credentials" not in answer


def test_without_an_origin_nothing_is_said_but_that_answers_vary() -> None:
    new_client("root", cors=["*"])

    answer = Http().generic("POST", "/track", headers=headers("root"))

    assert "Access-Control-Allow-Origin" not in answer
    assert answer["Vary"] == "Origin"
