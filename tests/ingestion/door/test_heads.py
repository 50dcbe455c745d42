"""What requests of one moment have in common is looked at once, and nothing else is taken for it."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.utils import timezone

from analytics import directory
from analytics.models import Client
from ingestion.door import heads
from ingestion.door.heads import MOST_HEADERS, MOST_HEADS, Head, Heads, name_of
from ingestion.wire.letters import read_event
from tests.ingestion.door.doors import Loop
from tests.ingestion.door.test_entrance import answered, head
from tests.ingestion.factories import logged, track

Log = redis.Redis
HEADERS = [(b"host", b"localhost"), (b"user-agent", b"one"), (b"content-length", b"2")]
SCOPE: dict[str, Any] = {"path": "/track", "client": ("127.0.0.1", 4001), "headers": HEADERS}


@pytest.fixture
def loop(remembering_loop: Loop) -> Loop:
    return remembering_loop


@pytest.fixture
def wire(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A connection whose heads are kept as long as the test takes."""
    monkeypatch.setattr(heads, "KEPT_SECONDS", 60)
    with socket.create_connection(("127.0.0.1", loop.port), timeout=10) as connection:
        yield connection


def ask(wire: socket.socket, path: str = "/track", body: bytes = b"", **more: str) -> tuple[int, dict[str, Any]]:
    body = body or track()
    wire.sendall(head(len(body), path, **more) + body)
    return answered(wire)


@pytest.mark.django_db
def test_bodies_of_any_length_come_under_one_head(wire: socket.socket, loop: Loop, log: Log) -> None:
    for number in range(20):
        assert ask(wire, body=track(name="n" * (number + 1)))[0] == 200

    assert len(loop.app.events.heads.known) == 1
    assert [len(event.name) for event in logged(log)] == list(range(1, 21))


@pytest.mark.django_db
def test_visitors_are_told_apart_by_what_their_heads_say(wire: socket.socket, log: Log) -> None:
    told = [{"user-agent": "one"}, {"user-agent": "two"}, {"user-agent": "two", "x-client-ip": "203.0.113.7"}]

    found = [[ask(wire, **said)[1]["deviceId"] for said in told] for _ in range(3)]

    assert len(set(found[0])) == 3
    assert found == [found[0]] * 3
    assert {event.user_agent for event in logged(log)} == {"one", "two"}


@pytest.mark.django_db
def test_a_batch_is_not_read_as_an_event_was(wire: socket.socket, log: Log) -> None:
    batch = b'{"events": [' + track() + b", " + track() + b"]}"
    for _ in range(3):
        assert ask(wire)[0] == 200
        assert ask(wire, "/track/batch", batch)[1]["processed"] == 2


@pytest.mark.django_db
def test_a_wrong_secret_is_refused_beside_a_right_one(wire: socket.socket, log: Log) -> None:
    wrong = {"event-lens-client-secret": "guessed"}

    assert [(ask(wire)[0], ask(wire, **wrong)[0]) for _ in range(3)] == [(200, 401)] * 3


@pytest.mark.django_db
def test_a_form_is_refused_each_time(wire: socket.socket, log: Log) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}

    assert [(ask(wire)[0], ask(wire, **form)[0]) for _ in range(3)] == [(200, 415)] * 3


@pytest.mark.django_db
def test_each_request_is_counted(wire: socket.socket, configure: Callable[..., None], log: Log) -> None:
    configure(client_cache_seconds=60, ingest_requests_per_minute=5)

    assert sorted(ask(wire)[0] for _ in range(8)) == [200] * 5 + [429] * 3


@pytest.mark.django_db
def test_a_disabled_client_is_refused_once_the_moment_is_over(loop: Loop, log: Log) -> None:
    with socket.create_connection(("127.0.0.1", loop.port), timeout=10) as wire:
        assert [ask(wire)[0] for _ in range(3)] == [200] * 3
        Client.objects.update(disabled_at=timezone.now())
        directory.forget()
        loop.app.events.heads.since -= heads.KEPT_SECONDS
        loop.app.events.admission.since = 0

        assert ask(wire)[0] == 401


def test_a_name_holds_all_but_the_port_and_the_length() -> None:
    def named(**other: object) -> heads.Name:
        return name_of(SCOPE | other)

    assert named() == named(client=("127.0.0.1", 4002))
    assert named() == named(headers=[*HEADERS[:2], (b"content-length", b"300")])
    assert named() != named(client=("127.0.0.2", 4001))
    assert named() != named(path="/track/batch")
    assert named() != named(headers=[HEADERS[0], (b"user-agent", b"two")])
    assert named(client=None) != named()


def test_no_more_are_kept_than_there_is_room_for_and_none_longer_than_a_moment() -> None:
    known = Heads()
    for number in range(MOST_HEADS + 5):
        known.keep(Head((number,), {}, read_event))
    known.keep(Head(tuple(range(MOST_HEADERS + 1)), {}, read_event))
    assert len(known.known) == MOST_HEADS

    known.since -= heads.KEPT_SECONDS

    assert known.find((1,)) is None
    assert known.known == {}
