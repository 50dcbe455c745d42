"""Limits over HTTP: 429 with the time to come back, per client, changed in the settings and in the admin."""

from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.test import Client as Http

from analytics import throttles
from analytics.models import Client, Project
from tests.analytics.factories import headers, new_client, new_project
from tests.servers import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store"), pytest.mark.urls("tests.analytics.routes")]
Log = redis.Redis


@pytest.fixture(autouse=True)
def shop(db: None) -> None:
    new_client("root", new_project("shop"))


def send(client_id: str = "root") -> Any:
    return Http().post("/track", b"{}", content_type="application/json", headers=headers(client_id))


def ask(client_id: str = "root") -> Any:
    return Http().get("/insights/shop/metrics", headers=headers(client_id))


@pytest.mark.parametrize(
    ("call", "setting", "message"),
    [
        (send, "ingest_requests_per_minute", "This client may send 2 requests a minute; send the events again in "),
        (ask, "questions_per_minute", "This client may ask 2 questions a minute; ask again in "),
    ],
)
def test_beyond_the_limit_a_client_is_told_when_to_come_back(
    configure: Callable[..., None], call: Callable[[], Any], setting: str, message: str
) -> None:
    configure(**{setting: 2})

    answers = [call() for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    body = answers[2].json()
    assert (body["error"], body["details"]) == ("Too Many Requests", [])
    assert body["message"].startswith(message)
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60


def test_sending_and_asking_have_limits_of_their_own(configure: Callable[..., None]) -> None:
    configure(ingest_requests_per_minute=1, questions_per_minute=1)

    assert [call().status_code for call in (send, ask, send, ask)] == [200, 200, 429, 429]


@pytest.mark.parametrize(("call", "field"), [(send, "requests_per_minute"), (ask, "questions_per_minute")])
def test_a_clients_own_limit_wins(configure: Callable[..., None], call: Callable[..., Any], field: str) -> None:
    configure(ingest_requests_per_minute=1, questions_per_minute=1)
    Client.objects.filter(id="root").update(**{field: 3})

    assert [call().status_code for _ in range(4)] == [200, 200, 200, 429]


@pytest.mark.parametrize("call", [send, ask])
def test_zero_is_no_limit(configure: Callable[..., None], call: Callable[[], Any]) -> None:
    configure(ingest_requests_per_minute=0, questions_per_minute=0)

    assert {call().status_code for _ in range(5)} == {200}


@pytest.mark.parametrize("call", [send, ask])
def test_another_client_is_not_kept_waiting(configure: Callable[..., None], call: Callable[..., Any]) -> None:
    configure(ingest_requests_per_minute=1, questions_per_minute=1)
    new_client("root", Project.objects.get(id="shop"), id="other")

    assert [call(client).status_code for client in ("root", "root", "other")] == [200, 429, 200]


@pytest.mark.parametrize("call", [send, ask])
def test_a_refused_client_uses_up_nothing(
    configure: Callable[..., None], call: Callable[..., Any], store: Log
) -> None:
    configure(ingest_requests_per_minute=1, questions_per_minute=1)

    assert call("nobody").status_code == 401

    assert store.keys("*") == []


@pytest.mark.parametrize("call", [send, ask])
def test_without_redis_nobody_is_refused(settings: Any, call: Callable[..., Any]) -> None:
    away = {**settings.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{free_port()}/0"}
    settings.CACHES = {"default": away}

    assert [call().status_code for _ in range(3)] == [200, 200, 200]


def test_redis_is_asked_again_when_it_may_be_back(settings: Any, configure: Callable[..., None]) -> None:
    configure(questions_per_minute=1)
    there = settings.CACHES
    settings.CACHES = {"default": {**there["default"], "LOCATION": f"redis://127.0.0.1:{free_port()}/0"}}
    assert [ask().status_code for _ in range(2)] == [200, 200]

    settings.CACHES = there
    throttles.RatelimitPause.until = 0.0

    assert [ask().status_code for _ in range(2)] == [200, 429]
