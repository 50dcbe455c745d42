"""More connections and more large bodies than a web process may have: a 503 that says when to come again."""

import http.client
import json
import socket
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
import redis

from eventlens import health, worker
from eventlens.bodies import held
from tests.analytics.factories import headers, new_client, new_project
from tests.ingestion.door.doors import Loop
from tests.ingestion.factories import logged, track
from tests.servers import until

pytestmark = pytest.mark.django_db
Log = redis.Redis
PIECE = b"400\r\n" + b" " * 1024 + b"\r\n"


@pytest.fixture
def loop(event_loop_door: Loop, log: Log) -> Loop:
    new_client("write", new_project("shop"))
    connections = event_loop_door.server.server_state.connections
    until(lambda: not connections, what="the end of the connections of earlier tests")
    return event_loop_door


def connected(loop: Loop) -> socket.socket:
    return socket.create_connection(("127.0.0.1", loop.port), timeout=10)


def head(path: str, method: str = "POST") -> bytes:
    """Of a body in chunks, whose length nobody knows."""
    fields = {"host": "localhost", "transfer-encoding": "chunked", **headers("write")}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def answered(wire: socket.socket) -> tuple[int, Any, dict[str, str]]:
    """Status, body and headers of the next answer on this connection."""
    response = http.client.HTTPResponse(wire)
    response.begin()
    return response.status, json.loads(response.read()), {name.lower(): text for name, text in response.getheaders()}


def test_one_connection_too_many_is_told_when_to_come_again(
    loop: Loop, log: Log, configure: Callable[..., None]
) -> None:
    configure(web_connections=2)
    known = loop.server.server_state.connections
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(connected(loop))
        until(lambda: len(known) == 2, what="two connections")
        with connected(loop) as third:
            third.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
            status, body, told = answered(third)
            assert third.recv(1) == b""

    assert (status, told["retry-after"], told["connection"]) == (503, "5", "close")
    assert body == {
        "error": "Service Unavailable",
        "message": "This web process has as many connections as it may have; connect again later.",
        "details": [],
    }
    until(lambda: not known, what="the end of all connections")
    assert loop.client(headers("write")).post("/track", track()).status_code == 200


def test_one_connection_too_many_that_says_nothing_is_ended(
    loop: Loop, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(web_connections=1)
    monkeypatch.setattr(worker, "TURN_AWAY_SECONDS", 0.05)

    with connected(loop), connected(loop) as second:
        assert second.recv(1) == b""


def test_a_body_that_waits_for_a_thread_counts_until_it_is_answered(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(health, "CHECKS", {"database": lambda: seen.append(held.bytes)})

    assert loop.client().send("GET", "/ready", b" " * 1000, {}).status_code == 200

    assert seen == [1000]
    until(lambda: held.bytes == 0, what="the end of the request")


@pytest.mark.parametrize(("method", "path"), [("POST", "/track/batch"), ("POST", "/insights/shop/metrics")])
def test_bodies_that_dawdle_cannot_fill_the_memory(
    loop: Loop, log: Log, configure: Callable[..., None], method: str, path: str
) -> None:
    configure(web_body_bytes=5_000, max_body_bytes=4_000)
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(loop)) for _ in range(2)]
        for wire in slow:
            wire.sendall(head("/track/batch") + 2 * PIECE)
        until(lambda: held.bytes == 4 * 1024, what="the pieces to be there")
        last = stack.enter_context(connected(loop))
        last.sendall(head(path, method) + PIECE)
        status, body, told = answered(last)

        assert (status, told["retry-after"]) == (503, "5")
        assert body["message"] == "Too many large requests come in at the same moment; send it again later."
        assert loop.client(headers("write")).post("/track", track(name="small")).status_code == 200

    until(lambda: held.bytes == 0, what="the memory of those who left")
    assert [event.name for event in logged(log)] == ["small"]
