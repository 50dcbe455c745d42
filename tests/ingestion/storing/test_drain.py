"""From the log to ClickHouse: what is stored, noted, waited for."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from eventlens import config
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.log import lanes, stream
from ingestion.storing import drain
from tests.ingestion.factories import CRAWLER, HOUR, MINUTE, NOON, send, sender
from tests.ingestion.stored import held, names
from tests.servers import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse", "shop")]
Log = redis.Redis


def test_what_was_accepted_is_stored_and_the_log_is_empty(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "TURN_SECONDS", 60)  # a busy machine may need more than a turn to load what enriches
    send({"name": "open", "deviceId": "d1", "path": "/a", "revenue": "9.5", "properties": {"plan": "pro", "n": 2}})
    send({"name": "buy", "deviceId": "d1"})

    assert drain.drain(0) is False

    [row] = client.query(Sql("SELECT * FROM events WHERE name = 'open'"))
    assert (row["projectId"], row["deviceId"], row["path"]) == ("shop", "d1", "/a")
    assert (row["properties"], row["numbers"]) == ({"plan": "pro", "n": "2"}, {"n": 2.0})
    assert str(row["revenue"]) == "9.5"
    assert row["createdAt"].isoformat() == "2024-05-31T12:00:00+00:00"
    assert names() == ["buy", "open"]
    assert log.xlen("eventlens:log:0") == 0
    assert log.xpending("eventlens:log:0", "drain")["pending"] == 0


def test_bots_are_stored_apart(log: Log) -> None:
    send({"name": "person"})
    send({"name": "crawler"}, by=sender(user_agent=CRAWLER))

    drain.drain(0)

    assert names() == ["person"]
    assert names("bot_events") == ["crawler"]


def test_an_event_that_comes_after_the_drain_wakes_the_next_one(log: Log) -> None:
    send({"name": "a"})
    drain.drain(0)
    log.delete("eventlens:celery:eventlens")

    send({"name": "b"})

    assert log.llen("eventlens:celery:eventlens") == 1
    drain.drain(0)
    assert names() == ["a", "b"]


def test_the_lanes_of_what_was_stored_are_noted_for_the_rollup(log: Log) -> None:
    send({"deviceId": "d1"}, {"deviceId": "d1", "timestamp": NOON - HOUR}, {"deviceId": "d2", "sessionId": "s"})
    drain.drain(0)
    send({"deviceId": "d1"}, by=sender(NOON + MINUTE))
    drain.drain(0)

    # Literal values of xxHash64('dd1') and xxHash64('ss').
    assert log.smembers(lanes.PROJECTS) == {b"shop"}
    assert log.hgetall("eventlens:touched:shop") == {
        b"5625553841078865369": b"1717153200000:1717156860000",
        b"16683476108003987256": b"1717156800000:1717156800000",
    }


def test_bots_touch_no_lane(log: Log) -> None:
    send({}, by=sender(user_agent=CRAWLER))

    drain.drain(0)

    assert log.keys("eventlens:touched*") == []


def test_a_turn_ends_though_there_is_more_to_do(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "TURN_SECONDS", 0)
    send({"name": "a"})

    assert drain.drain(0) is True

    assert log.exists(stream.lock_key(0)) == 0
    assert names() == []


def test_without_clickhouse_events_wait_and_the_shard_rests_longer_each_time(
    log: Log, configure: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    send({"name": "a"})
    rests = []
    with without_clickhouse(configure):
        for _ in range(7):
            drain.drain(0)
            rests.append(round(log.pttl(stream.pause_key(0)), -3))
            log.delete(stream.pause_key(0))

    assert rests == [1000, 2000, 4000, 8000, 16000, 30000, 30000]
    assert log.xlen("eventlens:log:0") == 1
    ours = [record for record in caplog.records if record.name == "ingestion.storing.drain"]
    assert [(record.levelno, record.exc_info) for record in ours] == [(logging.WARNING, None)] * 7

    drain.drain(0)
    assert names() == ["a"]
    assert log.exists(stream.failures_key(0)) == 0


@contextmanager
def without_clickhouse(configure: Callable[..., None]) -> Iterator[None]:
    """Nobody listens where this thread looks for ClickHouse."""
    there = settings.EVENTLENS.clickhouse_url
    connect(configure, f"clickhouse://127.0.0.1:{free_port()}/event_lens")
    try:
        yield
    finally:
        connect(configure, there)


def connect(configure: Callable[..., None], url: str) -> None:
    client.connection().disconnect()
    configure(clickhouse_url=url)
    del client.local.client


def test_a_resting_shard_is_left_alone(log: Log) -> None:
    send({"name": "a"})
    held().rest()

    assert stream.take(0) is None
    assert stream.waiting_shards() == []


def test_waiting_shards_are_those_with_entries_that_nobody_works_on(log: Log) -> None:
    for shard in (0, 3, 200):
        log.xadd(stream.log_key(shard), {"e": b"\x90"})
    held(3)

    assert stream.waiting_shards() == [0, 200]


def test_a_batch_ends_where_it_would_grow_too_large(log: Log) -> None:
    for _ in range(30):
        log.xadd("eventlens:log:0", {"e": b"x" * 1024 * 1024})

    batch = held().fresh()

    assert batch is not None
    assert len(batch.ids) == 4


def test_chunks_of_a_batch_have_tokens_of_their_own(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "CHUNK", 2)
    send(*[{"name": name} for name in "abcde"])

    drain.drain(0)

    assert names() == ["a", "b", "c", "d", "e"]


def test_who_waits_for_the_flush_interval_does_not_outlive_its_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTLENS_FLUSH_INTERVAL_MS", str(stream.LOCK_MS - 4_000))

    with pytest.raises(ImproperlyConfigured, match="EVENTLENS_FLUSH_INTERVAL_MS"):
        config.load()


def test_a_new_batch_waits_for_the_flush_interval_unless_it_is_full(log: Log, configure: Callable[..., None]) -> None:
    configure(flush_interval_ms=10_000, batch_entries=2)
    send({"name": "a"})
    holder = held()
    assert holder.linger_ms() == 0
    batch = holder.fresh()
    assert batch is not None
    holder.finish(batch, stream.Outcome())

    send({"name": "b"})
    assert 9_000 < holder.linger_ms() <= 10_000
    send({"name": "c"})
    assert holder.linger_ms() == 0
