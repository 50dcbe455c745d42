"""Requests that the event loop takes without a task of their own: on the wire they look as they always did."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from ingestion.door import devices, entrance
from ingestion.log import stream
from ingestion.wire import senders
from ingestion.wire.moments import now_ms
from tests.analytics.factories import headers
from tests.ingestion.door.doors import Loop
from tests.ingestion.door.test_entrance import answered, head
from tests.ingestion.factories import DAY, logged, track

pytestmark = pytest.mark.django_db
Log = redis.Redis


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch, loop: Loop) -> list[bool]:
    """For each request that the application was shown whether it took it at once."""
    seen: list[bool] = []
    real = loop.app.at_once

    def watched(*arguments: Any) -> bool:
        seen.append(real(*arguments))
        return seen[-1]

    monkeypatch.setattr(loop.app, "at_once", watched)
    return seen


@pytest.fixture
def loop(remembering_loop: Loop) -> Loop:
    return remembering_loop


@pytest.fixture
def wire(loop: Loop) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", loop.port), timeout=10) as connection:
        yield connection


def request(number: int, **more: str) -> bytes:
    body = track(eventId=f"e{number}", deviceId="d")
    return head(len(body), **more) + body


def ask(wire: socket.socket, number: int, **more: str) -> tuple[int, Any]:
    wire.sendall(request(number, **more))
    return answered(wire)


def test_who_was_known_a_moment_ago_is_taken_at_once(taken: list[bool], wire: socket.socket, log: Log) -> None:
    assert [ask(wire, number)[0] for number in range(50)] == [200] * 50

    assert taken[0] is False
    assert taken.count(True) > 25
    assert [event.event_id for event in logged(log)] == [f"e{number}" for number in range(50)]


def test_requests_that_come_in_one_packet_are_answered_in_their_order(wire: socket.socket, log: Log) -> None:
    ask(wire, 0)
    wire.sendall(b"".join(request(number) for number in range(1, 21)) + request(21, connection="close"))

    rest = b""
    while part := wire.recv(65536):
        rest += part

    assert [line.split(b'"')[0] for line in rest.split(b'"eventId":"')[1:]] == [b"e%d" % n for n in range(1, 22)]
    assert rest.count(b"HTTP/1.1 200 OK\r\n") == 21
    assert len(logged(log)) == 22


def test_hundreds_of_refusals_in_one_packet_are_all_answered(wire: socket.socket, log: Log) -> None:
    ask(wire, 0)
    refused = head(2) + b"{}"
    wire.sendall(request(1) + 499 * refused + head(2, connection="close") + b"{}")

    rest = b""
    while part := wire.recv(65536):
        rest += part

    assert (rest.count(b"HTTP/1.1 200 OK\r\n"), rest.count(b"HTTP/1.1 400 Bad Request\r\n")) == (1, 500)


def test_who_wants_the_connection_closed_gets_the_whole_answer_first(
    taken: list[bool], wire: socket.socket, log: Log
) -> None:
    ask(wire, 0)

    status, body = ask(wire, 1, connection="close")

    assert (status, body["eventId"], taken) == (200, "e1", [False, True])
    assert wire.recv(1) == b""


def test_a_sender_of_http_1_0_gets_its_answer_and_the_end_of_the_connection(wire: socket.socket, log: Log) -> None:
    ask(wire, 0)
    wire.sendall(request(1).replace(b"HTTP/1.1", b"HTTP/1.0"))

    assert answered(wire)[1]["eventId"] == "e1"
    assert wire.recv(1) == b""


def test_who_asks_whether_to_go_on_is_told_to(taken: list[bool], wire: socket.socket, log: Log) -> None:
    ask(wire, 0)
    body = track(eventId="e1")
    wire.sendall(head(len(body), expect="100-continue"))

    assert wire.recv(65536).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    wire.sendall(body)

    assert answered(wire)[1]["eventId"] == "e1"
    assert taken == [False]


def test_the_salts_of_a_day_that_begins_just_now_keep_no_loop_waiting(
    monkeypatch: pytest.MonkeyPatch, loop: Loop, wire: socket.socket, log: Log
) -> None:
    asking: list[threading.Thread] = []
    real = devices.load

    def watched(*arguments: Any) -> devices.Salts:
        asking.append(threading.current_thread())
        return real(*arguments)

    ask(wire, 0)
    monkeypatch.setattr(devices, "load", watched)
    for module in (entrance, senders):
        monkeypatch.setattr(module, "now_ms", lambda: now_ms() + DAY)
    body = track(eventId="e1")
    wire.sendall(head(len(body)) + body)

    assert answered(wire)[0] == 200
    assert len(asking) == 1 and loop.thread not in asking


def test_a_refusal_names_the_field_and_the_connection_goes_on(
    taken: list[bool], wire: socket.socket, log: Log
) -> None:
    ask(wire, 0)
    body = track(name="")
    wire.sendall(head(len(body)) + body)

    status, refused = answered(wire)

    assert (status, refused["details"][0]["field"]) == (400, "payload.name")
    assert ask(wire, 1)[0] == 200
    assert taken == [False, True, True]


def test_each_request_counts_once_towards_the_client_s_limit(
    wire: socket.socket, log: Log, configure: Callable[..., None]
) -> None:
    configure(ingest_requests_per_minute=20)

    statuses = [ask(wire, number)[0] for number in range(25)]

    # A minute may begin in between, and then all of it is free again.
    assert statuses == [200] * 20 + [429] * 5 or statuses.count(429) < 5


def test_a_full_log_is_told_at_once_too(
    taken: list[bool], wire: socket.socket, log: Log, configure: Callable[..., None]
) -> None:
    ask(wire, 0)
    configure(queue_max_entries=1)

    status, body = ask(wire, 1)

    assert (status, body["error"], taken) == (503, "Service Unavailable", [False, True])
    assert log.xlen(stream.log_key(0)) == 1


def test_a_sender_that_leaves_before_its_answer_disturbs_nobody(loop: Loop, wire: socket.socket, log: Log) -> None:
    ask(wire, 0)
    with socket.create_connection(("127.0.0.1", loop.port), timeout=10) as leaving:
        leaving.sendall(request(1))

    assert ask(wire, 2)[0] == 200
    assert {"e0", "e2"} <= {event.event_id for event in logged(log)}


def test_what_a_page_may_read_and_the_id_of_the_request_are_told(loop: Loop, wire: socket.socket, log: Log) -> None:
    client = loop.client(headers("write"))
    client.post("/track", track())

    answer = client.post("/track", track(), headers={"x-request-id": "mine-1", "origin": "https://a.example"})

    assert answer["X-Request-Id"] == "mine-1"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_bug_in_looking_at_a_request_is_no_mistake_of_its_sender(
    monkeypatch: pytest.MonkeyPatch, loop: Loop, wire: socket.socket, log: Log
) -> None:
    def broken(*arguments: Any) -> bool:
        raise KeyError("a bug")

    monkeypatch.setattr(loop.app, "at_once", broken)

    assert ask(wire, 0)[0] == 200
    assert len(logged(log)) == 1
