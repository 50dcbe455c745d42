"""A rollup's turn: one worker at a time, and nothing is struck off by one who may have been overtaken."""

import pytest
import redis

from ingestion.rollups import turns
from ingestion.rollups.turns import Turn, TurnLost

Log = redis.Redis
LOCK = "eventlens:rollup:test"


def begun(log: Log, lock_seconds: int = 20) -> Turn:
    turn = Turn(log, LOCK, 3, lock_seconds)
    assert turn.take()
    return turn


def test_while_one_works_nobody_else_begins(log: Log) -> None:
    with turns.turn(log, LOCK, 3) as mine, turns.turn(log, LOCK, 3) as other:
        assert (mine is None, other is None) == (False, True)

    with turns.turn(log, LOCK, 3) as next_one:
        assert next_one is not None


def test_what_is_done_is_struck_off_a_hash_and_a_set(log: Log) -> None:
    log.hset("hash", mapping={str(number): 1 for number in range(12_000)})
    log.sadd("set", "a", "b", "c")
    turn = begun(log)

    turn.done("HDEL", "hash", [str(number) for number in range(11_999)])
    turn.done("SREM", "set", ["a", "b"])

    assert (log.hkeys("hash"), log.smembers("set")) == ([b"11999"], {b"c"})


def test_who_was_overtaken_strikes_nothing_off(log: Log) -> None:
    log.sadd("set", "a")
    turn = begun(log)
    log.delete(LOCK)
    begun(log)

    with pytest.raises(TurnLost):
        turn.done("SREM", "set", ["a"])

    assert log.smembers("set") == {b"a"}


def test_who_was_too_slow_strikes_nothing_off_even_if_nobody_came(log: Log) -> None:
    log.sadd("set", "a")
    turn = begun(log, lock_seconds=1)  # less than the margin: it is late from the first moment

    with pytest.raises(TurnLost):
        turn.done("SREM", "set", ["a"])

    assert log.smembers("set") == {b"a"}


def test_who_was_overtaken_leaves_the_other_its_lock(log: Log) -> None:
    with turns.turn(log, LOCK, 3):
        log.set(LOCK, "other")

    assert log.get(LOCK) == b"other"


def test_going_on_extends_the_lock(log: Log) -> None:
    turn = begun(log)
    log.expire(LOCK, 2)

    safe = turn.renew()

    assert 17 < safe <= 18
    assert 19 <= log.ttl(LOCK) <= 20


def test_after_an_error_the_lock_runs_out_by_itself(log: Log) -> None:
    with pytest.raises(RuntimeError), turns.turn(log, LOCK, 3):
        raise RuntimeError("died")

    assert 0 < log.ttl(LOCK) <= 20
