"""What Celery runs: who is woken when, and what the beat keeps ready."""

import base64
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import redis

from eventlens.queues import CHORES, STORING
from ingestion import tasks
from ingestion.door import devices
from ingestion.log import lanes, stream
from tests.ingestion.factories import DAY, MINUTE, NOON

Log = redis.Redis
MIDNIGHT = 1_717_113_600_000  # 2024-05-31T00:00:00Z


def queued(log: Log) -> list[tuple[str, list[Any]]]:
    """The tasks that wait for a worker, newest first, with their arguments."""
    messages: Any = [one for queue in (STORING, CHORES) for one in log.lrange(f"eventlens:celery:{queue}", 0, -1)]
    envelopes = [msgspec.json.decode(message) for message in messages]
    bodies = [msgspec.json.decode(base64.b64decode(envelope["body"])) for envelope in envelopes]
    return [(envelope["headers"]["task"], body[0]) for envelope, body in zip(envelopes, bodies, strict=True)]


def test_the_beat_wakes_shards_with_entries_that_nobody_works_on(log: Log) -> None:
    for shard in (0, 7):
        log.xadd(stream.log_key(shard), {"e": b"\x90"})

    tasks.wake()

    assert queued(log) == [("ingestion.tasks.drain", [7]), ("ingestion.tasks.drain", [0])]


def test_the_beat_wakes_nobody_where_nothing_waits(log: Log) -> None:
    tasks.wake()

    assert queued(log) == []


@pytest.mark.usefixtures("clickhouse")
def test_a_drain_whose_turn_is_over_queues_up_again(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.storing.drain.TURN_SECONDS", 0)

    tasks.drain(3)

    assert queued(log) == [("ingestion.tasks.drain", [3])]


def test_a_drain_without_work_does_not_queue_up_again(log: Log) -> None:
    tasks.drain(3)

    assert queued(log) == []


SESSIONS = "ingestion.tasks.roll_up_sessions"


@pytest.fixture
def busy(log: Log, monkeypatch: pytest.MonkeyPatch, clickhouse: None, shop: None) -> Log:
    """A rollup that cannot do all of it in a turn."""
    monkeypatch.setattr("ingestion.rollups.sessions.CHUNK", 1)
    monkeypatch.setattr("ingestion.rollups.turns.Turn.is_over", True)
    log.sadd(lanes.PROJECTS, "shop")
    log.hset(lanes.touched_key("shop"), mapping={str(lane): f"{NOON}:{NOON}" for lane in range(8)})
    return log


def test_a_rollup_whose_turn_is_over_queues_up_again(busy: Log) -> None:
    tasks.roll_up_sessions()

    [(task, [number])] = queued(busy)
    assert (task, number > 0, busy.hlen(lanes.taken_key("shop"))) == (SESSIONS, True, 7)


def test_while_a_rollups_next_turn_waits_the_beats_is_none(busy: Log) -> None:
    tasks.roll_up_sessions()

    tasks.roll_up_sessions()

    assert (len(queued(busy)), busy.hlen(lanes.taken_key("shop"))) == (1, 7)


def test_a_rollups_next_turn_goes_on_and_an_older_one_does_not(busy: Log) -> None:
    tasks.roll_up_sessions()
    [(_, [number])] = queued(busy)

    tasks.roll_up_sessions(number)
    tasks.roll_up_sessions(number)

    assert (len(queued(busy)), busy.hlen(lanes.taken_key("shop"))) == (2, 6)


def test_a_rollup_that_is_done_does_not_queue_up_again(log: Log, clickhouse: None) -> None:
    tasks.roll_up_sessions()
    tasks.roll_up_people()

    assert queued(log) == []


def test_salts_are_made_ahead_and_destroyed_a_day_after_theirs(log: Log) -> None:
    devices.rotate(log, datetime.fromtimestamp(NOON / 1000, UTC))

    assert sorted(log.keys("eventlens:salt:*")) == [b"eventlens:salt:19874", b"eventlens:salt:19875"]
    assert abs(log.pttl("eventlens:salt:19874") - (MIDNIGHT + 2 * DAY - NOON)) < MINUTE
    assert abs(log.pttl("eventlens:salt:19875") - (MIDNIGHT + 3 * DAY - NOON)) < MINUTE


def test_salts_are_random_and_stay_the_same_for_their_day(log: Log) -> None:
    devices.rotate(log, datetime.fromtimestamp(NOON / 1000, UTC))
    first = devices.load(log, 19874, NOON)
    devices.rotate(log, datetime.fromtimestamp(NOON / 1000, UTC))

    tomorrow = devices.load(log, 19875, NOON + DAY)
    assert devices.load(log, 19874, NOON) == first
    assert (tomorrow.yesterday, len(first.today)) == (first.today, 32)
    assert tomorrow.today != first.today
