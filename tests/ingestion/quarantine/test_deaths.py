"""The housekeeping of the quarantine dies at each of its steps, before it and after it: events are replayed once."""

from datetime import UTC, datetime

import msgspec
import pytest
import redis

from ingestion import quarantine
from ingestion.log import stream
from ingestion.models import QuarantinedEvent, request_replay
from tests.ingestion.deaths import Mortal
from tests.ingestion.factories import drafted, logged

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]
NOW = datetime(2024, 6, 1, tzinfo=UTC)
Log = redis.Redis


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

        with mortal.life(monkeypatch, quarantine.LOCK):
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
