"""The rollup behind the beat that works off what the drain marked: first who is whom, then what they are like."""

import logging
import time
from collections.abc import Callable, Sequence

import redis

from ingestion import marks, persons, profiles

logger = logging.getLogger(__name__)

LOCK = "eventlens:rollup:people"
LOCK_SECONDS = 30

Work = Callable[["redis.Redis", str, Sequence[str]], None]
STEPS: tuple[tuple[str, Work], ...] = ((marks.PERSONS, persons.join), (marks.PROFILES, profiles.fold))


def roll_up(store: "redis.Redis", *, seconds: float = 3.0) -> int:
    """Work off marks for at most about `seconds` a step; returns how many. Every step can be repeated."""
    lock = store.lock(LOCK, timeout=LOCK_SECONDS, blocking=False)
    if not lock.acquire():
        return 0
    count = 0
    try:
        for kind, work in STEPS:
            deadline = time.monotonic() + seconds
            for project_id, names in marks.chunks(store, kind):
                work(store, project_id, names)
                marks.done(store, kind, project_id, names)
                count += len(names)
                if time.monotonic() > deadline:
                    break
                lock.reacquire()
        lock.release()
    except redis.exceptions.LockError:
        # Another rollup took over; it repeats what this one did, which changes nothing.
        logger.warning("A rollup of persons outlived its lock of %s s; the next one goes on.", LOCK_SECONDS)
    return count
