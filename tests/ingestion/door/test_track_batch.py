"""POST /track/batch: many events, each taken or rejected by itself."""

from typing import Any

import pytest
import redis

from tests.analytics.factories import headers, new_client, new_project
from tests.ingestion.door.doors import Door, Http
from tests.ingestion.factories import logged, track

pytestmark = pytest.mark.django_db
Log = redis.Redis


@pytest.fixture
def http(log: Log, door: Door) -> Http:
    new_client("write", new_project("shop"))
    return door.client(headers("write"))


def post(http: Http, *items: bytes, path: str = "/track/batch", **more: Any) -> Any:
    return http.post(path, b'{"events":[' + b",".join(items) + b"]}", content_type="application/json", **more)


def test_good_items_are_taken_and_stand_in_the_log(http: Http, log: Log) -> None:
    answer = post(http, track(name="a"), track(name="b"))

    assert answer.status_code == 200
    assert answer.json() == {"success": True, "processed": 2, "rejected": []}
    assert [event.name for event in logged(log)] == ["a", "b"]


def test_a_time_of_hundreds_of_digits_costs_its_own_item_alone(http: Http, log: Log) -> None:
    answer = post(http, track(name="a"), track(timestamp=10**400 - 1), track(name="b", sentAt=10**400 - 1))

    assert (answer.status_code, answer.json()["processed"]) == (200, 2)
    assert [one["details"][0]["field"] for one in answer.json()["rejected"]] == ["events[1].payload.timestamp"]


def test_a_batch_of_such_times_alone_is_refused_and_such_a_sent_at_corrects_nothing(http: Http, log: Log) -> None:
    sent_at = b'{"sentAt":%d,"events":[%s]}' % (10**400 - 1, track(timestamp=0))

    assert post(http, track(timestamp=10**400 - 1)).status_code == 400
    assert http.post("/track/batch", sent_at, content_type="application/json").json()["processed"] == 1


def test_bad_items_are_told_one_by_one(http: Http, log: Log) -> None:
    answer = post(http, track(name="a"), b'{"type":"track","payload":{}}', b"7")

    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "processed": 1,
        "rejected": [
            {
                "index": 1,
                "error": "payload.name: This field is required.",
                "details": [{"field": "events[1].payload.name", "message": "This field is required."}],
            },
            {
                "index": 2,
                "error": "Expected object, got int.",
                "details": [{"field": "events[2]", "message": "Expected object, got int."}],
            },
        ],
    }
    assert [event.name for event in logged(log)] == ["a"]


def test_a_batch_without_a_good_item_is_refused(http: Http, log: Log) -> None:
    answer = post(http, track(name=""), b'{"type":"like"}')

    assert answer.status_code == 400
    assert [problem["field"] for problem in answer.json()["details"]] == ["events[0].payload.name", "events[1].type"]
    assert logged(log) == []


def test_repeats_and_adjusted_times_are_told_by_position(http: Http, log: Log) -> None:
    answer = post(http, track(eventId="e"), b"7", track(timestamp="9000-01-01"), track(eventId="e"))

    assert answer.json()["processed"] == 3
    assert (answer.json()["duplicates"], answer.json()["adjusted"]) == ([3], [2])
    assert len(logged(log)) == 2


def test_without_a_key_nothing_is_taken(door: Door, http: Http, log: Log) -> None:
    assert post(door.client(), track()).status_code == 401
    assert logged(log) == []


def test_a_client_that_may_only_read_may_not_send(door: Door, http: Http, log: Log) -> None:
    new_client("read", new_project("blog"))

    assert post(door.client(headers("read")), track()).status_code == 403
    assert logged(log) == []


def test_a_client_writes_into_its_own_project_alone(door: Door, http: Http, log: Log) -> None:
    new_client("root", new_project("blog"))

    post(door.client(headers("root")), track())

    assert [event.project_id for event in logged(log)] == ["blog"]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"events":[]}', b'{"events":{}}', b'{"events":[' + b"[" * 100_000])
def test_what_is_no_batch_is_refused(http: Http, content: bytes) -> None:
    answer = http.post("/track/batch", content, content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["error"] == "Validation Error"


def test_more_items_than_allowed_are_refused(http: Http, log: Log) -> None:
    answer = post(http, *[track()] * 1001)

    assert answer.status_code == 400
    assert answer.json()["message"] == "A batch holds 1 to 1000 items; this one has 1001."
    assert logged(log) == []


def test_another_method_is_not_allowed(http: Http) -> None:
    assert http.get("/track/batch").status_code == 405


def test_the_other_address_takes_batches_too(http: Http) -> None:
    assert post(http, track(), path="/api/v1/analytics/track/batch").status_code == 200
