"""POST /track: one event."""

import gzip
import io
from collections.abc import Callable
from typing import Any

import pytest
import redis

from eventlens.api import TooLarge
from ingestion.log.wake import enqueue_drains
from ingestion.wire import body
from tests.analytics.factories import SECRET, headers, new_client, new_project
from tests.ingestion.door.doors import Door, Http
from tests.ingestion.factories import logged, track

pytestmark = pytest.mark.django_db
Log = redis.Redis


@pytest.fixture
def http(log: Log, door: Door) -> Http:
    new_client("write", new_project("shop"))
    return door.client(headers("write"))


def post(http: Http, content: bytes, path: str = "/track", **more: Any) -> Any:
    return http.post(path, content, content_type=more.pop("content_type", "application/json"), **more)


def test_one_event_is_answered_with_its_ids_and_stands_in_the_log(http: Http, log: Log) -> None:
    answer = post(http, track(name="open", eventId="e1", deviceId="d1", sessionId="s1"))

    assert answer.status_code == 200
    assert answer.json() == {"success": True, "eventId": "e1", "deviceId": "d1", "sessionId": "s1"}
    assert [(event.project_id, event.name) for event in logged(log)] == [("shop", "open")]


def test_a_repeat_and_an_adjusted_time_are_told(http: Http) -> None:
    event = track(eventId="e1", deviceId="d1", sessionId="s1", timestamp="9000-01-01T00:00:00Z")
    post(http, event)

    answer = post(http, event)

    assert answer.json() == {
        "success": True, "eventId": "e1", "deviceId": "d1", "sessionId": "s1", "duplicate": True, "adjusted": True,
    }  # fmt: skip


def test_without_a_key_nothing_is_taken(door: Door, http: Http, log: Log) -> None:
    answer = door.client().post("/track", track(), content_type="application/json")

    assert answer.status_code == 401
    assert answer.json()["error"] == "Unauthorized"
    assert logged(log) == []


def test_a_client_that_may_only_read_is_told_which_type_it_takes(door: Door, http: Http, log: Log) -> None:
    new_client("read", new_project("blog"))

    answer = post(door.client(headers("read")), track())

    assert answer.status_code == 403
    assert answer.json()["message"] == "This needs a client of type write or root; this client is of type read."
    assert logged(log) == []


def test_a_client_writes_into_its_own_project_alone(door: Door, http: Http, log: Log) -> None:
    new_client("root", new_project("blog"))

    answer = post(door.client(headers("root")), track(projectId="shop"))

    assert answer.status_code == 200
    assert [event.project_id for event in logged(log)] == ["blog"]


def test_a_malformed_event_is_answered_with_the_field_at_fault(http: Http, log: Log) -> None:
    answer = post(http, b'{"type": "track", "payload": {"name": 7}}')

    assert answer.status_code == 400
    assert answer.json() == {
        "error": "Validation Error",
        "message": "Expected str, got int.",
        "details": [{"field": "payload.name", "message": "Expected str, got int."}],
    }
    assert logged(log) == []


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_another_method_is_not_allowed(http: Http, method: str) -> None:
    answer = getattr(http, method)("/track")

    assert answer.status_code == 405
    assert answer.json()["error"] == "Method Not Allowed"


@pytest.mark.parametrize("path", ["/track", "/api/v1/analytics/track"])
def test_both_addresses_take_events(http: Http, path: str) -> None:
    assert post(http, track(), path).status_code == 200


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=utf-8", 200),
        ("text/plain;charset=UTF-8", 200),
        ("application/vnd.acme+json", 200),
        ("", 200),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/html", 415),
    ],
)
def test_json_is_taken_also_as_plain_text_and_a_form_is_not(http: Http, content_type: str, status: int) -> None:
    answer = post(http, track(), content_type=content_type)

    assert answer.status_code == status
    assert status == 200 or answer.json()["error"] == "Unsupported Media Type"


def test_a_body_over_the_limit_is_refused(
    http: Http, log: Log, configure: Callable[..., None], settings: Any
) -> None:
    configure(max_body_bytes=1000)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = post(http, track(title="x" * 1000))

    assert answer.status_code == 413
    assert answer.json()["error"] == "Request Entity Too Large"


def test_the_key_may_come_in_the_body(door: Door, http: Http, log: Log) -> None:
    content = track(name="beacon")[:-1] + f',"clientId":"write","clientSecret":"{SECRET}"}}'.encode()

    assert post(door.client(), content, content_type="text/plain").status_code == 200
    assert [event.name for event in logged(log)] == ["beacon"]


def test_what_headers_say_of_the_visitor_goes_along(http: Http, log: Log) -> None:
    post(
        http, track(),
        headers={
            "user-agent": "Zürich/1".encode().decode("latin-1"), "x-client-ip": "198.51.100.9",
            "openpanel-sdk-name": "web", "openpanel-sdk-version": "1.2",
        },
    )  # fmt: skip

    [event] = logged(log)
    assert (event.user_agent, event.address) == ("Zürich/1", "198.51.100.9")
    assert (event.sdk_name, event.sdk_version, event.by_backend) == ("web", "1.2", True)


def test_without_redis_the_answer_says_when_to_come_back(http: Http, log: Log) -> None:
    log.config_set("maxmemory", "1")
    try:
        answer = post(http, track())
    finally:
        log.config_set("maxmemory", "0")

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer.json()["error"] == "Service Unavailable"


def test_a_wake_up_that_cannot_be_queued_fails_no_request(http: Http, log: Log, monkeypatch: Any) -> None:
    monkeypatch.setattr("ingestion.log.wake.app.send_task", unreachable)

    assert post(http, track()).status_code == 200
    enqueue_drains([0])


def unreachable(*arguments: Any, **options: Any) -> None:
    raise redis.ConnectionError("refused")


def test_a_body_without_a_length_is_read_up_to_the_limit(rf: Any, configure: Callable[..., None]) -> None:
    configure(max_body_bytes=100)

    assert body.body_of(in_chunks(rf, b"x" * 100)) == b"x" * 100
    with pytest.raises(TooLarge):
        body.body_of(in_chunks(rf, b"x" * 101))


def in_chunks(rf: Any, content: bytes) -> Any:
    request = rf.post("/track", b"", content_type="application/json")
    request.META.pop("CONTENT_LENGTH", None)
    request.META |= {"wsgi.input": io.BytesIO(content), "wsgi.input_terminated": True}
    return request


def test_a_zipped_body_is_unpacked_up_to_the_limit(http: Http, log: Log, configure: Callable[..., None]) -> None:
    configure(max_body_bytes=2000)
    zipped = {"Content-Encoding": "gzip"}

    assert post(http, gzip.compress(track(name="zipped")), headers=zipped).status_code == 200
    assert post(http, gzip.compress(track(title="x" * 2000)), headers=zipped).status_code == 413
    assert post(http, b"not gzip", headers=zipped).status_code == 400
    assert post(http, gzip.compress(track())[:-4], headers=zipped).status_code == 400
    assert post(http, gzip.compress(track()) + b"more", headers=zipped).status_code == 400
    assert [event.name for event in logged(log)] == ["zipped"]
