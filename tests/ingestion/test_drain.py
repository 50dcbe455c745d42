"""From the log to ClickHouse: every accepted event is counted once, whatever happens in between."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
import redis
from django.conf import settings

from analytics.directory import ProjectRecord, find_project
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion import drain, lanes, stream
from ingestion.accepted import AcceptedEvent
from ingestion.enrichment import enrich
from ingestion.rows import EventRow
from ingestion.stream import Holder, LockLost
from tests.analytics.factories import new_project
from tests.ingestion.factories import CRAWLER, HOUR, MINUTE, NOON, project, send, sender
from tests.servers import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse", "shop")]
Log = redis.Redis


@pytest.fixture
def shop() -> None:
    new_project("shop")


def names(table: str = "events") -> list[str]:
    return [row["name"] for row in client.query(Sql(f"SELECT name FROM {table} ORDER BY name"))]


def quarantined(log: Log) -> list[dict[bytes, bytes]]:
    entries: Any = log.xrange(stream.QUARANTINE)
    return [fields for _, fields in entries]


def held(shard: int = 0) -> Holder:
    holder = stream.take(shard)
    assert holder is not None
    return holder


def test_what_was_accepted_is_stored_and_the_log_is_empty(log: Log) -> None:
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


def test_a_crash_between_insert_and_acknowledgement_counts_once(log: Log) -> None:
    send({"name": "a"}, {"name": "b"})
    dead = held()
    batch = dead.fresh()
    assert batch is not None
    insert_all(dead, batch)
    log.delete(stream.lock_key(0))

    send({"name": "c"})
    drain.drain(0)

    assert names() == ["a", "b", "c"]
    assert log.xlen("eventlens:log:0") == 0


def insert_all(holder: Holder, batch: stream.Batch) -> None:
    """The work of drain.finish up to the moment before the acknowledgement."""

    class Crash(Exception):
        pass

    class Dying(Holder):
        def finish(self, done: stream.Batch, outcome: stream.Outcome) -> None:
            raise Crash

    with pytest.raises(Crash):
        drain.finish(Dying(holder.shard, holder.owner), batch)


def test_what_was_read_and_not_finished_comes_back_as_the_same_batch_without_newer_entries(log: Log) -> None:
    send({"name": "a"})
    send({"name": "b"})
    first = held().fresh()
    log.delete(stream.lock_key(0))
    send({"name": "c"})

    second = held().unfinished()

    assert second == first
    assert second is not None and len(second.ids) == 2


def test_a_holder_whose_lock_ran_out_can_neither_read_nor_acknowledge(log: Log) -> None:
    send({"name": "a"})
    stale = held()
    batch = stale.fresh()
    assert batch is not None
    log.delete(stream.lock_key(0))
    successor = held()

    for step in (stale.fresh, stale.unfinished, stale.renew, lambda: stale.finish(batch, stream.Outcome())):
        with pytest.raises(LockLost):
            step()
    stale.release()

    assert log.get(stream.lock_key(0)) == successor.owner.encode()
    assert log.xlen("eventlens:log:0") == 1


def test_a_stale_holder_that_inserts_after_its_successor_changes_nothing(log: Log) -> None:
    send({"name": "a"}, {"name": "b"})
    stale = held()
    batch = stale.fresh()
    assert batch is not None
    log.delete(stream.lock_key(0))
    drain.drain(0)

    class Unaware(Holder):
        def renew(self) -> None:
            """It fell asleep between the look at the lock and the insert."""

    with pytest.raises(LockLost):
        drain.finish(Unaware(stale.shard, stale.owner), batch)

    assert names() == ["a", "b"]


def test_while_one_drains_another_leaves_the_shard_alone(log: Log) -> None:
    send({"name": "a"})
    holder = held()

    assert drain.drain(0) is False
    assert names() == []

    holder.release()
    drain.drain(0)
    assert names() == ["a"]


def test_many_drains_at_once_store_each_event_once(log: Log, configure: Callable[..., None]) -> None:
    # The threads cannot see the database of this test's transaction; they find the project remembered.
    configure(batch_entries=7, flush_interval_ms=0, client_cache_seconds=600)
    find_project("shop")
    for number in range(100):
        send({"name": f"n{number:03}", "deviceId": f"d{number}"})

    def drain_until_empty() -> None:
        while log.xlen("eventlens:log:0"):
            drain.drain(0)

    threads = [threading.Thread(target=drain_until_empty) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert names() == [f"n{number:03}" for number in range(100)]


def test_a_turn_ends_though_there_is_more_to_do(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "TURN_SECONDS", 0)
    send({"name": "a"})

    assert drain.drain(0) is True

    assert log.exists(stream.lock_key(0)) == 0
    assert names() == []


def test_an_entry_that_cannot_be_read_is_set_aside_and_the_others_are_stored(log: Log) -> None:
    send({"name": "a"})
    log.xadd("eventlens:log:0", {"e": b"\xc1 not msgpack"})
    log.xadd("eventlens:log:0", {"other": b"field"})
    send({"name": "b"})

    drain.drain(0)

    assert names() == ["a", "b"]
    assert [fields[b"entry"] for fields in quarantined(log)] == [b"\xc1 not msgpack", b"field"]
    assert log.xlen("eventlens:log:0") == 0


def test_an_event_that_breaks_the_enrichment_is_set_aside_with_its_reason(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(event: AcceptedEvent, project: ProjectRecord) -> EventRow:
        if event.name == "bad":
            raise ZeroDivisionError("division by zero")
        return enrich(event, project)

    monkeypatch.setattr(drain, "enrich", broken)
    send({"name": "a"}, {"name": "bad", "eventId": "e9"}, {"name": "b"})

    drain.drain(0)

    assert names() == ["a", "b"]
    [fields] = quarantined(log)
    assert fields[b"reason"] == b"The enrichment failed: ZeroDivisionError: division by zero"
    assert fields[b"project"] == b"shop"
    assert msgspec.msgpack.decode(fields[b"event"], type=AcceptedEvent).event_id == "e9"


def test_events_of_a_project_that_is_gone_are_set_aside(log: Log) -> None:
    send({"name": "a"}, of=project("gone"))
    send({"name": "b"})

    drain.drain(0)

    assert names() == ["b"]
    assert [fields[b"project"] for fields in quarantined(log)] == [b"gone"]


def spoiled(monkeypatch: pytest.MonkeyPatch, **columns: Any) -> None:
    """Let the event named `bad` have values that its columns cannot hold."""

    def spoil(event: AcceptedEvent, project: ProjectRecord) -> EventRow:
        row = enrich(event, project)
        if event.name == "bad":
            for column, value in columns.items():
                setattr(row, column, value)
        return row

    monkeypatch.setattr(drain, "enrich", spoil)


@pytest.mark.parametrize(
    ("column", "value"),
    [("isScreenView", 999), ("path", None), ("path", "half a character \ud83d"), ("createdAt", "yesterday")],
)
def test_a_row_that_clickhouse_refuses_is_found_and_set_aside(
    log: Log, monkeypatch: pytest.MonkeyPatch, column: str, value: object
) -> None:
    spoiled(monkeypatch, **{column: value})
    send(*[{"name": f"n{number}"} for number in range(5)], {"name": "bad"}, {"name": "z"})

    drain.drain(0)

    assert names() == ["n0", "n1", "n2", "n3", "n4", "z"]
    [fields] = quarantined(log)
    assert fields[b"reason"].startswith(b"ClickHouse refuses the row: ")
    assert msgspec.msgpack.decode(fields[b"event"], type=AcceptedEvent).name == "bad"


def test_a_crash_in_the_middle_of_halving_a_block_counts_once(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled(monkeypatch, isScreenView=999)
    send(*[{"name": f"n{number}"} for number in range(5)], {"name": "bad"}, {"name": "z"})
    batch = held().fresh()
    assert batch is not None
    log.delete(stream.lock_key(0))
    insert_all(held(), batch)
    log.delete(stream.lock_key(0))

    drain.drain(0)

    assert names() == ["n0", "n1", "n2", "n3", "n4", "z"]
    assert len(quarantined(log)) == 1


def test_a_refusal_that_is_no_rows_fault_quarantines_nothing(log: Log) -> None:
    send({"name": "a"})
    client.command(Sql("RENAME TABLE events TO elsewhere"))
    try:
        drain.drain(0)

        assert quarantined(log) == []
        assert log.xlen("eventlens:log:0") == 1
    finally:
        client.command(Sql("RENAME TABLE elsewhere TO events"))

    log.delete(stream.pause_key(0))
    drain.drain(0)
    assert names() == ["a"]


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
    ours = [record for record in caplog.records if record.name == "ingestion.drain"]
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
    assert len(batch.ids) == 10


def test_chunks_of_a_batch_have_tokens_of_their_own(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "CHUNK", 2)
    send(*[{"name": name} for name in "abcde"])

    drain.drain(0)

    assert names() == ["a", "b", "c", "d", "e"]


def test_a_new_batch_waits_for_the_flush_interval_unless_it_is_full(log: Log, configure: Callable[..., None]) -> None:
    configure(flush_interval_ms=60_000, batch_entries=2)
    send({"name": "a"})
    holder = held()
    assert holder.linger_ms() == 0
    batch = holder.fresh()
    assert batch is not None
    holder.finish(batch, stream.Outcome())

    send({"name": "b"})
    assert 59_000 < holder.linger_ms() <= 60_000
    send({"name": "c"})
    assert holder.linger_ms() == 0
