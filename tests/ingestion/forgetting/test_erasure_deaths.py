"""The worker of an erasure dies at each of its steps, before it and after it: the next one ends what was begun."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import redis

from analytics import erasures
from analytics.models import Erasure
from eventlens import closed_days
from ingestion import quarantine
from ingestion.forgetting import erasure
from ingestion.log import stream
from ingestion.models import QuarantinedEvent
from ingestion.rollups import days, sessions
from ingestion.rollups import people as people_rollup
from tests.ingestion.deaths import Mortal
from tests.ingestion.factories import MINUTE, NOON, drafted, item, say, send
from tests.ingestion.forgetting.forgetting import arrive, everywhere, rows

pytestmark = pytest.mark.django_db(transaction=True)
Log = redis.Redis
LOCKS = (erasure.LOCK, quarantine.LOCK, sessions.LOCK, people_rollup.LOCK, days.LOCK)


@pytest.fixture
def shared(shop: None, log: Log, clickhouse: None) -> None:
    """Two on one device, of whom one is to go; one of her events is in quarantine."""
    say(item("identify", profileId="ada", deviceId="kiosk", firstName="Ada", timestamp=NOON))
    send(
        {"name": "a1", "deviceId": "kiosk", "profileId": "ada", "timestamp": NOON},
        {"name": "b1", "deviceId": "kiosk", "profileId": "bob", "timestamp": NOON + MINUTE},
        {"name": "a2", "deviceId": "tablet", "profileId": "ada", "sessionId": "s", "timestamp": NOON},
    )
    arrive(log)
    days.roll_up(log, datetime.fromtimestamp(NOON / 1000, UTC) + timedelta(days=2), quiet_ms=0)
    event = msgspec.msgpack.encode(drafted(eventId="bad", profileId="ada", timestamp=NOON))
    log.xadd(stream.QUARANTINE, {"reason": "x", "project": "shop", "event": event})
    wished = datetime.fromtimestamp((NOON + 10 * MINUTE) / 1000, UTC)
    erasures.erase_profile("shop", "ada", wished)


def one_life(step: int, is_done: bool, monkeypatch: pytest.MonkeyPatch) -> bool:
    """A worker that goes from one state to the next, unless it dies; whether it did."""
    mortal = Mortal(step, is_done=is_done)
    with mortal.life(monkeypatch, *LOCKS), erasure.alone(erasure.LOCK, erasure.LOCK_SECONDS) as renew:
        erasure.advance(renew)
    return mortal.taken >= step


@pytest.mark.usefixtures("shared")
def test_wherever_the_worker_dies_the_erasure_ends_complete(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """In each state every life gets one step farther than the one before it, until one reaches the next state."""
    deaths: Counter[str] = Counter()
    while (state := Erasure.objects.get().state) != "finished":
        # It may also live on without having got farther, while ClickHouse writes its parts.
        deaths[state] += one_life(1 + deaths[state] // 2, deaths[state] % 2 == 1, monkeypatch)
    arrive(log)

    assert deaths.keys() == {"waiting", "draining", "erasing", "removing"}
    assert min(deaths.values()) > 5
    assert deaths.total() > 150
    assert everywhere("ada") == []
    assert rows("SELECT name FROM events") == [("b1",)]
    assert rows("SELECT profileId, events FROM sessions FINAL") == [("bob", 1)]
    assert rows("SELECT * FROM day_people") == rows("SELECT * FROM day_numbers") == []
    assert closed_days.summed(log, "shop") == []
    assert not QuarantinedEvent.objects.exists()
    one = Erasure.objects.get()
    assert (one.subject, one.counts["events"], one.counts["quarantine"]) == ("", 2, 1)
