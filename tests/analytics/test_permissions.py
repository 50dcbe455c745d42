"""What each type of client may do, through real views."""

from typing import Any

import pytest
from django.test import Client as Http

from tests.analytics.factories import headers, new_client, new_project

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.analytics.routes")]

INGEST = ("POST", "/track")
ASK = ("GET", "/insights/shop/metrics")
MANAGE = ("DELETE", "/insights/shop/profiles/7")


def call(action: tuple[str, str], sent: dict[str, str]) -> Any:
    return Http().generic(*action, headers=sent)


@pytest.mark.parametrize(
    ("action", "kind"), [(INGEST, "write"), (INGEST, "root"), (ASK, "read"), (ASK, "root"), (MANAGE, "root")]
)
def test_a_client_of_the_right_type_may(action: tuple[str, str], kind: str) -> None:
    new_client(kind)

    assert call(action, headers(kind)).status_code == 200


@pytest.mark.parametrize(
    ("action", "kind", "needed"),
    [
        (INGEST, "read", "write or root"),
        (ASK, "write", "read or root"),
        (MANAGE, "write", "root"),
        (MANAGE, "read", "root"),
    ],
)
def test_another_type_may_not_and_learns_which_may(action: tuple[str, str], kind: str, needed: str) -> None:
    new_client(kind)

    answer = call(action, headers(kind))

    assert answer.status_code == 403
    assert answer.json() == {
        "error": "Forbidden",
        "message": f"This needs a client of type {needed}; this client is of type {kind}.",
        "details": [],
    }


@pytest.mark.parametrize("action", [INGEST, ASK, MANAGE])
def test_without_a_client_nobody_may(action: tuple[str, str]) -> None:
    assert call(action, {}).status_code == 401


@pytest.mark.parametrize("kind", ["write", "read", "root"])
@pytest.mark.parametrize("project_id", ["game", "nowhere", "SHOP", "shop ", "%20"])
def test_foreign_and_unknown_projects_get_the_same_404(kind: str, project_id: str) -> None:
    new_client(kind)
    new_project("game")

    for action in [("GET", f"/insights/{project_id}/metrics"), ("DELETE", f"/insights/{project_id}/profiles/7")]:
        answer = call(action, headers(kind))

        assert answer.status_code == 404
        assert answer.json() == {
            "error": "Not Found",
            "message": "This client has no such project; check the project's id in the address.",
            "details": [],
        }


@pytest.mark.parametrize("action", [ASK, MANAGE])
def test_reading_needs_the_secret_also_from_a_listed_page(action: tuple[str, str]) -> None:
    new_client("root", cors=["https://example.com"])

    answer = call(action, {"event-lens-client-id": "root", "origin": "https://example.com"})

    assert answer.status_code == 401
    assert answer.json() == {
        "error": "Unauthorized",
        "message": "This needs the client's secret; send it in the header event-lens-client-secret.",
        "details": [],
    }
