"""Answers of a slow source, remembered for seconds, and a little longer while the source is away."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import LRUCache, TLRUCache
from django.db import Error as DatabaseFailure
from django.db import connection

from eventlens.api import Unavailable
from eventlens.limits import limits

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")
SIZE = 10_000
GRACE_SECONDS = 600.0


class Remembered(Generic[Answer]):
    """A read-through cache for one kind of record.

    Absent keys have a room of their own, so that a flood of made-up ids cannot push real ones out. While the
    database is away the last known record serves for up to ten minutes; a key never seen before is a 503.
    The lock is held for the dictionaries only: two threads may load the same key, none waits for the other.
    """

    def __init__(self, load: Callable[[str], Answer | None], timer: Callable[[], float] = time.monotonic) -> None:
        self.load = load
        self.timer = timer
        self.lock = threading.Lock()
        self.present: TLRUCache[str, Answer] = TLRUCache(SIZE, expires, timer=timer)
        self.absent: TLRUCache[str, bool] = TLRUCache(SIZE, expires, timer=timer)
        self.last_known: LRUCache[str, tuple[float, Answer]] = LRUCache(SIZE)

    def find(self, key: str) -> Answer | None:
        with self.lock:
            answer = self.present.get(key)
            if answer is not None or key in self.absent:
                return answer
        try:
            drop_dead_connection()
            answer = self.load(key)
        except DatabaseFailure as failed:
            return self.without_database(key, failed)
        return self.keep(key, answer)

    def has(self, key: str) -> bool:
        """Whether `find` will not have to ask the source, so that it keeps no event loop waiting."""
        with self.lock:
            return key in self.present or key in self.absent

    def keep(self, key: str, answer: Answer | None) -> Answer | None:
        with self.lock:
            if answer is None:
                self.absent[key] = True
                self.last_known.pop(key, None)
            else:
                self.present[key] = answer
                self.last_known[key] = (self.timer(), answer)
        return answer

    def without_database(self, key: str, failed: DatabaseFailure) -> Answer:
        logger.warning("The database of projects and clients does not answer: %s", failed)
        with self.lock:
            seen, answer = self.last_known.get(key, (None, None))
            if seen is None or answer is None or self.timer() - seen > GRACE_SECONDS:
                raise Unavailable("Projects and clients cannot be looked up at the moment; try again.")
            # Kept for the usual seconds again, so that not every request waits for the database to fail.
            self.present[key] = answer
        return answer

    def forget(self) -> None:
        with self.lock:
            self.present.clear()
            self.absent.clear()
            self.last_known.clear()


def drop_dead_connection() -> None:
    """A worker's connection may have died since its last use, and outside a request nobody else looks after it."""
    if not connection.in_atomic_block:  # there, closing would lose the caller's transaction
        connection.close_if_unusable_or_obsolete()


def expires(key: str, value: object, now: float) -> float:
    return now + limits().client_cache_seconds
