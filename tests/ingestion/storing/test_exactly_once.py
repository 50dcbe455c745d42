"""Holders that crash, sleep or overlap in the middle of a batch: each event is counted once."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis

from analytics.directory import find_project
from eventlens.clickhouse import client
from ingestion.log import stream
from ingestion.log.stream import Holder, LockLost
from ingestion.storing import drain
from tests.ingestion.deaths import Died
from tests.ingestion.factories import send
from tests.ingestion.stored import held, insert_all, names, quarantined, spoiled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse", "shop")]
Log = redis.Redis
NOTHING = stream.Batch((), (), "token")


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


def test_what_was_read_and_not_finished_comes_back_as_the_same_batch_without_newer_entries(log: Log) -> None:
    send({"name": "a"})
    send({"name": "b"})
    first = held().fresh()
    log.delete(stream.lock_key(0))
    send({"name": "c"})

    second = held().unfinished()

    assert second == first
    assert second is not None and len(second.ids) == 2


def test_a_holder_whose_lock_ran_out_reads_nothing_more(log: Log) -> None:
    send({"name": "a"})
    stale = held()
    log.delete(stream.lock_key(0))
    successor = held()

    for step in (stale.fresh, stale.unfinished, lambda: stale.agree(NOTHING, 0, "", b"")):
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
        def agree(self, batch: stream.Batch, number: int, block: str, verdict: bytes) -> list[bytes]:
            """It fell asleep between the look at the lock and the insert."""
            return [verdict]

    with pytest.raises(LockLost):
        drain.finish(Unaware(stale.shard, stale.owner), batch)

    assert names() == ["a", "b"]


def test_of_two_holders_of_one_batch_the_first_to_finish_does_it_for_both(log: Log) -> None:
    send({"name": "a"})
    stale = held()
    batch = stale.fresh()
    assert batch is not None
    log.delete(stream.lock_key(0))
    successor = held()
    assert successor.unfinished() == batch
    outcome = stream.Outcome([{"reason": "r"}], {"shop": {1: (2, 3)}})

    with pytest.raises(LockLost):
        stale.finish(batch, outcome)
    log.delete("eventlens:touched:shop")
    successor.finish(batch, outcome)

    assert successor.fresh() is None
    assert len(quarantined(log)) == 1
    assert log.exists("eventlens:touched:shop") == 0


def test_inserts_slower_than_the_lock_come_to_an_end(log: Log) -> None:
    send({"name": "a"})
    slow = held()
    batch = slow.fresh()
    assert batch is not None

    class Slow(Holder):
        def finish(self, done: stream.Batch, outcome: stream.Outcome) -> None:
            log.delete(stream.lock_key(0))
            super().finish(done, outcome)

    with pytest.raises(LockLost):
        drain.finish(Slow(slow.shard, slow.owner), batch)

    assert names() == ["a"]
    assert log.xlen("eventlens:log:0") == 0


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


@pytest.mark.parametrize(
    ("inserts", "bad"), [(1, ["bad"]), (2, ["bad"]), (3, [])], ids=["first half", "quarter", "last row"]
)
def test_a_release_that_takes_what_was_refused_stores_nothing_beside_the_halves(
    log: Log, monkeypatch: pytest.MonkeyPatch, inserts: int, bad: list[str]
) -> None:
    """The old one dies behind so many inserts of halves; what it had refused alone stays refused."""
    send(*[{"name": f"n{number}"} for number in range(5)], {"name": "bad"}, {"name": "z"})
    with monkeypatch.context() as old_release:
        spoiled(old_release, isScreenView=999)
        with dying_behind(old_release, inserts):
            drain.drain(0)
    log.delete(stream.lock_key(0))

    drain.drain(0)

    assert names() == [*bad, "n0", "n1", "n2", "n3", "n4", "z"]
    assert len(quarantined(log)) == 1 - len(bad)
    assert log.exists("eventlens:verdicts:0") == 0


@contextmanager
def dying_behind(monkeypatch: pytest.MonkeyPatch, inserts: int) -> Iterator[None]:
    """The worker dies once so many blocks of events are stored."""
    insert, left = client.insert, itertools.count(inserts - 1, -1)

    def mortal(table: str, *given: Any, **more: Any) -> int:
        rows = insert(table, *given, **more)
        if next(left) == 0:
            raise Died
        return rows

    monkeypatch.setattr(client, "insert", mortal)
    with pytest.raises(Died):
        yield
