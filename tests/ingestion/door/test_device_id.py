"""GET /track/device-id: who is the caller?"""

import pytest
import redis

from tests.analytics.factories import headers, new_client, new_project
from tests.ingestion.door.doors import Door, Http
from tests.ingestion.factories import track

pytestmark = pytest.mark.django_db


@pytest.fixture
def http(log: "redis.Redis", door: Door) -> Http:
    new_client("write", new_project("shop"))
    return door.client(headers("write"))


def test_the_device_and_session_are_those_of_the_callers_events(http: Http) -> None:
    before = http.get("/track/device-id").json()
    event = http.post("/track", track(), content_type="application/json").json()
    after = http.get("/api/v1/analytics/track/device-id").json()

    assert before == {"deviceId": event["deviceId"], "sessionId": ""}
    assert after == {"deviceId": event["deviceId"], "sessionId": event["sessionId"]}


def test_without_a_key_nobody_is_told_anything(door: Door, http: Http) -> None:
    assert door.client().get("/track/device-id").status_code == 401


def test_a_client_that_may_only_read_may_not_ask(door: Door, http: Http) -> None:
    new_client("read", new_project("blog"))

    assert door.client(headers("read")).get("/track/device-id").status_code == 403


def test_the_same_visitor_is_another_device_in_another_project(door: Door, http: Http) -> None:
    new_client("root", new_project("blog"))

    mine = http.get("/track/device-id").json()["deviceId"]
    theirs = door.client(headers("root")).get("/track/device-id").json()["deviceId"]

    assert mine != theirs


def test_another_method_is_not_allowed(http: Http) -> None:
    assert http.post("/track/device-id", b"", content_type="application/json").status_code == 405
