"""The housekeeping of the quarantine dies at each of its steps, before it and after it: events are replayed once."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import redis
from django.db import connection

from ingestion import quarantine, stream
from ingestion.models import QuarantinedEvent, request_replay
from tests.ingestion.factories import drafted, logged

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]
NOW = datetime(2024, 6, 1, tzinfo=UTC)
Log = redis.Redis


class Died(BaseException):
    """As kill -9 does it, this passes every handler."""


class Mortal:
    """Counts what is asked of Redis and of the database, and dies at one of these steps."""

    def __init__(self, step: int, *, is_done: bool) -> None:
        self.step, self.is_done = step, is_done
        self.taken = 0

    def take(self, work: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        self.taken += 1
        if self.taken != self.step:
            return work(*arguments, **options)
        if self.is_done:
            work(*arguments, **options)
        raise Died

    @contextmanager
    def life(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        store = stream.store()
        asked = store.execute_command
        with ExitStack() as stack:
            patched = stack.enter_context(monkeypatch.context())
            patched.setattr(store, "execute_command", lambda *words, **more: self.take(asked, *words, **more))
            stack.enter_context(connection.execute_wrapper(self.take))
            stack.enter_context(suppress(Died))
            yield
        connection.rollback()  # as the database does for a process that is gone


def work() -> None:
    quarantine.keep(NOW)
    request_replay(QuarantinedEvent.objects.all())
    quarantine.keep(NOW)


@pytest.mark.parametrize("is_done", [False, True])
def test_wherever_it_dies_each_event_is_replayed_once(
    log: Log, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    deaths = 0
    while True:
        log.flushall()
        QuarantinedEvent.objects.all().delete()
        for name in ("e1", "e2"):
            event = msgspec.msgpack.encode(drafted(eventId=name))
            log.xadd(stream.QUARANTINE, {"reason": "x", "project": "shop", "event": event})
        mortal = Mortal(deaths + 1, is_done=is_done)

        with mortal.life(monkeypatch):
            work()
        work()

        assert sorted(event.event_id for event in logged(log)) == ["e1", "e2"], mortal.taken
        assert set(QuarantinedEvent.objects.values_list("event_id", "state")) == {
            ("e1", "replayed"),
            ("e2", "replayed"),
        }
        if mortal.taken < mortal.step:
            break
        deaths += 1
    assert deaths > 20
