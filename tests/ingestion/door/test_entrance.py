"""The event loop's entrance where it differs from the views: requests at once, sockets, and what must not wait."""

import gzip
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis

from analytics.request_counts import counts
from eventlens import health, worker
from ingestion.door import line
from ingestion.log import stream
from tests.analytics.factories import headers, new_client, new_project
from tests.ingestion.door.doors import Loop
from tests.ingestion.factories import logged, track
from tests.servers import free_port

pytestmark = pytest.mark.django_db
Log = redis.Redis


@pytest.fixture
def loop(event_loop_door: Loop, log: Log) -> Loop:
    new_client("write", new_project("shop"))
    return event_loop_door


def head(length: int | None, path: str = "/track", **more: str) -> bytes:
    """The head of a POST; without a length its body comes in chunks."""
    framing = {"transfer-encoding": "chunked"} if length is None else {"content-length": str(length)}
    fields = {"host": "localhost", **headers("write"), **framing, **more}
    return "\r\n".join(
        [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    ).encode()


@pytest.fixture
def wire(loop: Loop) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", loop.port), timeout=10) as connection:
        yield connection


def answered(wire: socket.socket) -> tuple[int, dict[str, Any]]:
    """Status and body of the next answer on this connection."""
    response = http.client.HTTPResponse(wire)
    response.begin()
    return response.status, json.loads(response.read())


def test_requests_of_one_moment_go_to_the_log_together_and_each_gets_its_own_answer(loop: Loop, log: Log) -> None:
    with ThreadPoolExecutor(20) as senders:
        client = loop.client(headers("write"))
        bodies = [track(eventId=f"e{number}", deviceId=f"d{number}") for number in range(200)]
        answers = list(senders.map(lambda body: client.post("/track", body).json(), bodies))

    assert [(one["eventId"], one["deviceId"]) for one in answers] == [(f"e{n}", f"d{n}") for n in range(200)]
    assert len(logged(log)) == 200
    assert log.xlen(stream.log_key(0)) < 200


def test_one_connection_serves_many_requests(wire: socket.socket, log: Log) -> None:
    for number in range(3):
        body = track(eventId=f"e{number}")
        wire.sendall(head(len(body)) + body)
        assert answered(wire)[1]["eventId"] == f"e{number}"


def test_a_body_may_come_in_pieces(wire: socket.socket, log: Log) -> None:
    body = track(name="slow")
    wire.sendall(head(len(body)))
    wire.sendall(body[:10])
    wire.sendall(body[10:])

    assert answered(wire)[0] == 200
    assert [event.name for event in logged(log)] == ["slow"]


def test_a_body_may_come_in_chunks(wire: socket.socket, log: Log) -> None:
    body = track(name="chunked")
    wire.sendall(
        head(None) + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:9], body[9:])) + b"0\r\n\r\n"
    )

    assert answered(wire)[0] == 200
    assert [event.name for event in logged(log)] == ["chunked"]


def test_a_body_over_the_limit_is_refused_before_it_is_sent(wire: socket.socket, log: Log) -> None:
    wire.sendall(head(6 * 1024 * 1024))

    status, body = answered(wire)

    assert (status, body["error"]) == (413, "Request Entity Too Large")


def test_chunks_over_the_limit_are_refused_before_the_last(
    wire: socket.socket, log: Log, configure: Callable[..., None]
) -> None:
    configure(max_body_bytes=1000)
    wire.sendall(head(None) + b"400\r\n" + b" " * 1024 + b"\r\n")

    assert answered(wire)[0] == 413


def test_who_is_unknown_is_told_so_also_with_a_large_body(loop: Loop) -> None:
    with socket.create_connection(("127.0.0.1", loop.port), timeout=10) as wire:
        wire.sendall(head(6 * 1024 * 1024).replace(b"write", b"nobody"))
        status, body = answered(wire)

    assert (status, body["error"]) == (401, "Unauthorized")


def test_a_client_that_goes_away_in_the_middle_leaves_nothing(wire: socket.socket, loop: Loop, log: Log) -> None:
    body = track(name="half")
    wire.sendall(head(len(body)) + body[:10])
    wire.close()

    assert loop.client(headers("write")).post("/track", track(name="whole")).status_code == 200
    assert [event.name for event in logged(log)] == ["whole"]


def test_a_request_that_never_ends_is_ended(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "REQUEST_SECONDS", 0.2)
    monkeypatch.setattr(worker, "LOOK_EVERY_SECONDS", 0.05)
    with socket.create_connection(("127.0.0.1", loop.port), timeout=10) as wire:
        wire.sendall(head(1000)[:-20])
        assert wire.recv(1) == b""
    with socket.create_connection(("127.0.0.1", loop.port), timeout=10) as wire:
        wire.sendall(head(1000) + b"{")
        assert wire.recv(1) == b""


def test_a_connection_that_nobody_uses_is_ended(loop: Loop, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "REQUEST_SECONDS", 0.05)
    monkeypatch.setattr(worker, "LOOK_EVERY_SECONDS", 0.05)
    with socket.create_connection(("127.0.0.1", loop.port), timeout=10) as wire:
        body = track()
        wire.sendall(head(len(body)) + body)
        assert answered(wire)[0] == 200
        assert wire.recv(1) == b""


def test_a_connection_whose_next_request_began_before_its_answer_is_not_idle_while_that_is_worked_on(
    loop: Loop, log: Log, wire: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, may_go_on = threading.Event(), threading.Event()

    def slow() -> None:
        asked.set()
        may_go_on.wait(20)

    monkeypatch.setattr(health, "CHECKS", {"database": slow})
    body = track()
    wire.sendall(head(len(body)) + body + b"GET /ready HTTP/1.1\r\nho")
    assert answered(wire)[0] == 200

    wire.sendall(b"st: localhost\r\n\r\n")
    asked.wait(20)
    own = wire.getsockname()
    [connection] = [one for one in loop.server.server_state.connections if one.client == own]

    assert connection.silent_since is None
    may_go_on.set()
    assert answered(wire)[0] == 200
    assert connection.silent_since is not None


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nhost x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00"])
def test_what_is_no_http_is_answered_in_our_shape(loop: Loop, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", loop.port), timeout=10) as wire:
        wire.sendall(sent)
        status, body = answered(wire)

    assert (status, body["error"]) == (400, "Validation Error")


def test_headers_without_end_are_refused(loop: Loop) -> None:
    with socket.create_connection(("127.0.0.1", loop.port), timeout=10) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\n" + b"".join(b"a%d: %s\r\n" % (number, b"x" * 1000) for number in range(70)))
        status, _ = answered(wire)

    assert status == 431


def test_the_answer_tells_its_id_and_what_a_page_may_read(loop: Loop, log: Log) -> None:
    new_client("write", new_project("blog"), id="page", cors=["https://example.com"])
    sent = {"event-lens-client-id": "page", "origin": "https://example.com", "x-request-id": "abc"}

    answer = loop.client(sent).post("/track", track())

    assert answer.status_code == 200
    assert answer["X-Request-Id"] == "abc"
    assert answer["Access-Control-Allow-Origin"] == "https://example.com"
    assert answer["Vary"].lower() == "origin"


def test_a_page_may_read_why_it_was_refused(loop: Loop, log: Log) -> None:
    sent = {"event-lens-client-id": "write", "origin": "https://foreign.example"}

    answer = loop.client(sent).post("/track", track())

    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (401, "https://foreign.example")
    assert answer["WWW-Authenticate"].startswith("EventLens ")


def test_a_name_that_is_not_allowed_is_left_to_django(loop: Loop, log: Log, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["events.example.com"]

    refused = loop.client({**headers("write"), "host": "evil.example"}).post("/track", track())
    taken = loop.client({**headers("write"), "host": "events.example.com"}).post("/track", track())

    assert (refused.status_code, taken.status_code) == (400, 200)


def test_header_names_with_an_underscore_are_nobody_s(loop: Loop, log: Log) -> None:
    sent = {"event_lens_client_id": "write", "event_lens_client_secret": headers("write")["event-lens-client-secret"]}

    assert loop.client(sent).post("/track", track()).status_code == 401


def test_beyond_its_limit_a_client_waits(loop: Loop, log: Log, configure: Callable[..., None]) -> None:
    counts.forget()
    configure(ingest_requests_per_minute=3)
    client = loop.client(headers("write"))

    answers = [client.post("/track", track()) for _ in range(7)]

    statuses = [answer.status_code for answer in answers]
    assert 1 <= statuses.count(429) <= 4  # the minute may change in between, once
    assert all(int(answer["Retry-After"]) > 0 for answer in answers if answer.status_code == 429)
    counts.forget()


def test_a_zipped_batch_is_taken(loop: Loop, log: Log) -> None:
    zipped = gzip.compress(b'{"events":[' + b",".join([track()] * 50) + b"]}")

    answer = loop.client(headers("write")).post("/track/batch", zipped, headers={"content-encoding": "gzip"})

    assert answer.json()["processed"] == 50
    assert len(logged(log)) == 50


def test_slow_questions_keep_neither_events_nor_the_health_check_waiting(
    loop: Loop, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, may_go_on = threading.Event(), threading.Event()

    def slow() -> None:
        asked.set()
        may_go_on.wait(20)

    monkeypatch.setattr(health, "CHECKS", {"database": slow})
    with ThreadPoolExecutor(1) as asker:
        question = asker.submit(loop.client().get, "/ready")
        asked.wait(20)
        assert loop.client().get("/health").status_code == 200
        assert loop.client(headers("write")).post("/track", track()).status_code == 200
        assert not question.done()
        may_go_on.set()
        assert question.result().status_code == 200


def test_without_redis_each_is_told_when_to_come_back_and_later_taken(
    loop: Loop, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = loop.client(headers("write"))
    gathering = loop.app.events.gathering
    there = gathering.line
    monkeypatch.setattr(gathering, "line", line.Line(f"redis://127.0.0.1:{free_port()}/0"))

    away = client.post("/track", track())

    assert (away.status_code, away["Retry-After"], away.json()["error"]) == (503, "5", "Service Unavailable")
    assert client.get("/health").status_code == 200
    monkeypatch.setattr(gathering, "line", there)
    assert client.post("/track", track()).status_code == 200
    assert len(logged(log)) == 1


def test_a_redis_that_lets_in_and_says_nothing_is_away_like_any_other(
    loop: Loop, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "ANSWER_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        silent = line.Line(f"redis://127.0.0.1:{frozen.getsockname()[1]}/0")
        monkeypatch.setattr(loop.app.events.gathering, "line", silent)
        away = loop.client(headers("write")).post("/track", track())

    assert (away.status_code, away["Retry-After"]) == (503, "5")


def test_a_redis_that_was_restarted_learns_the_script_again(loop: Loop, log: Log) -> None:
    client = loop.client(headers("write"))
    assert client.post("/track", track()).status_code == 200
    log.script_flush()
    log.client_kill_filter(_type="normal", skipme=True)

    statuses = [client.post("/track", track()).status_code for _ in range(3)]

    assert statuses[-1] == 200
    assert len(logged(log)) == 1 + statuses.count(200)


def test_a_bug_is_answered_as_one_and_ends_nothing(
    loop: Loop, log: Log, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = loop.client(headers("write"))
    with monkeypatch.context() as broken:
        broken.setattr("ingestion.door.turn.Turn.arguments", lambda turn: 1 / 0)
        answer = client.post("/track", track())

    assert (answer.status_code, answer.json()["error"]) == (500, "Internal Server Error")
    assert "division by zero" in caplog.text
    assert client.post("/track", track()).status_code == 200


def test_a_full_log_refuses_those_alone_whose_log_it_is(loop: Loop, log: Log, configure: Callable[..., None]) -> None:
    configure(stream_shards=2, queue_max_entries=1)
    client = loop.client(headers("write"))
    assert client.post("/track", track(deviceId="d1")).status_code == 200

    with ThreadPoolExecutor(8) as senders:
        devices = [f"d{number}" for number in range(2, 30)]
        answers = list(senders.map(lambda device: client.post("/track", track(deviceId=device)), devices))

    full = stream.shard_of("d1")
    of_full = {
        answer.status_code for device, answer in zip(devices, answers, strict=True) if stream.shard_of(device) == full
    }
    others = {
        answer.status_code for device, answer in zip(devices, answers, strict=True) if stream.shard_of(device) != full
    }
    assert of_full == {503}
    assert 200 in others
