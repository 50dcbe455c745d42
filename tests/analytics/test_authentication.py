"""Who is let in, through real views."""

import json
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client as Http
from django.utils import timezone

from analytics import keys
from analytics.models import Client
from tests.analytics.factories import SECRET, headers, new_client, new_project

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.analytics.routes")]

REFUSED = {
    "error": "Unauthorized",
    "message": "No client has this id and secret; check event-lens-client-id and event-lens-client-secret. "
    "A page that sends without a secret must be on the client's list of origins.",
    "details": [],
}
PAGE = "https://example.com"


def track(sent: dict[str, str] | None = None, body: Any = None, **more: str) -> Any:
    data = body if isinstance(body, str | bytes) else json.dumps(body) if body is not None else ""
    return Http().post("/track", data, content_type="application/json", headers={**(sent or {}), **more})


@pytest.mark.parametrize("path", ["/track", "/api/v1/analytics/track"])
def test_id_and_secret_in_our_headers_work(path: str) -> None:
    new_client("write")

    answer = Http().generic("POST", path, headers=headers("write"))

    assert answer.status_code == 200
    assert answer.json() == {"client": "write", "bySecret": True, "address": "127.0.0.1", "body": None}


def test_openpanels_headers_work() -> None:
    new_client("write")

    answer = track({"openpanel-client-id": "write", "openpanel-client-secret": SECRET})

    assert (answer.status_code, answer.json()["client"]) == (200, "write")


def test_our_headers_win_over_openpanels() -> None:
    project = new_project()
    new_client("write", project)
    new_client("root", project)

    answer = track(headers("write"), **{"openpanel-client-id": "root", "openpanel-client-secret": "el_wrong"})

    assert (answer.status_code, answer.json()["client"]) == (200, "write")


def test_the_pair_in_the_body_works_and_the_body_stays_readable() -> None:
    new_client("write")
    body = {"type": "track", "payload": {"name": "a"}, "clientId": "write", "clientSecret": SECRET}

    answer = track(body=body)

    assert (answer.status_code, answer.json()["client"]) == (200, "write")
    assert answer.json()["body"] == body


def test_the_pair_in_the_body_does_not_count_beside_a_header() -> None:
    new_client("write")
    body = {"clientId": "write", "clientSecret": SECRET}

    answer = track({"event-lens-client-id": "write"}, body)

    assert (answer.status_code, answer.json()) == (401, REFUSED)


@pytest.mark.parametrize(
    "body",
    [
        None,
        {"type": "track"},
        [],
        {"clientId": 7},
        {"clientId": "", "clientSecret": ""},
        {"clientId": "write", "clientSecret": 7},
        "{",
        b"\xff\xfe",
        pytest.param('{"x":' * 100_000, id="deep"),
    ],
)
def test_without_any_client_the_answer_says_how_to_name_one(body: Any) -> None:
    new_client("write")

    answer = track(body=body)

    assert answer.status_code == 401
    assert answer.json() == {
        "error": "Unauthorized",
        "message": "Name a client: send the headers event-lens-client-id and event-lens-client-secret.",
        "details": [],
    }
    assert answer["WWW-Authenticate"] == 'EventLens realm="event-lens-client-id and event-lens-client-secret"'


@pytest.mark.parametrize(
    "sent",
    [
        headers("nobody"),
        headers("write", "el_wrong"),
        headers("write", SECRET.lower()),
        headers("write", ""),
        {"event-lens-client-id": "write"},
        headers("WRITE"),
        headers("x" * 500),
        headers("w'rite\" --"),
        {"openpanel-client-id": "write", "event-lens-client-secret": SECRET},
    ],
)
def test_unknown_clients_and_wrong_secrets_get_the_same_answer(sent: dict[str, str]) -> None:
    new_client("write")

    answer = track(sent)

    assert (answer.status_code, answer.json()) == (401, REFUSED)


def test_a_disabled_client_gets_that_answer_too() -> None:
    new_client("write", disabled_at=timezone.now())

    assert track(headers("write")).json() == REFUSED


def test_the_stored_hash_is_no_secret() -> None:
    stored = new_client("write").secret

    assert track(headers("write", stored)).json() == REFUSED


def test_a_secret_written_by_hand_works_and_is_hashed() -> None:
    new_client("write", secret="secret-456")

    assert track(headers("write", "secret-456")).status_code == 200
    assert keys.is_hash(Client.objects.get().secret)
    assert track(headers("write", "secret-456")).status_code == 200


@pytest.mark.parametrize("origin", ["https://example.com", "https://EXAMPLE.com:443", "https://shop.example.com"])
def test_a_listed_page_sends_without_the_secret(origin: str) -> None:
    new_client("write", cors=["https://example.com", "https://*.example.com"])

    answer = track({"event-lens-client-id": "write", "origin": origin})

    assert (answer.status_code, answer.json()["bySecret"]) == (200, False)


def test_a_listed_page_may_name_its_client_in_the_body() -> None:
    new_client("write", cors=[PAGE])

    answer = track({"origin": PAGE}, {"clientId": "write", "type": "track"})

    assert (answer.status_code, answer.json()["bySecret"]) == (200, False)


@pytest.mark.parametrize(
    "origin", ["https://example.com.evil.io", "https://evilexample.com", "http://example.com", "null"]
)
def test_a_foreign_page_needs_the_secret(origin: str) -> None:
    new_client("write", cors=["https://example.com", "https://*.example.com"])

    assert track({"event-lens-client-id": "write", "origin": origin}).json() == REFUSED
    assert track(headers("write", origin=origin)).status_code == 200


def test_a_wrong_secret_is_refused_even_from_a_listed_page() -> None:
    new_client("write", cors=[PAGE])

    assert track(headers("write", "el_wrong", origin=PAGE)).json() == REFUSED


def test_a_page_cannot_name_a_visitors_address_and_a_back_end_can() -> None:
    new_client("write", cors=[PAGE])
    spoofed = {"x-client-ip": "203.0.113.1"}

    page = track({"event-lens-client-id": "write", "origin": PAGE, **spoofed})
    back_end = track(headers("write", **spoofed))

    assert page.json()["address"] == "127.0.0.1"
    assert back_end.json()["address"] == "203.0.113.1"


def test_no_header_can_pretend_to_be_a_caller() -> None:
    answer = track({"eventlens.caller": "root", "eventlens-caller": "root"})

    assert answer.status_code == 401


def test_without_the_database_the_answer_is_a_503_to_come_back_to() -> None:
    def refuse(*call: Any) -> None:
        raise OperationalError("the server has gone away")

    with connection.execute_wrapper(refuse):
        answer = track(headers("write"))

    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer.json() == {
        "error": "Service Unavailable",
        "message": "Projects and clients cannot be looked up at the moment; try again.",
        "details": [],
    }
