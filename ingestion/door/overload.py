"""How full Redis may get before events are refused, so that what storing them needs is always left.

A Redis that is really out of memory cannot even give out the lock that lets a worker make room. The other mark, how
many entries a shard of the log may hold, is looked at by accept.lua itself.
"""

import logging
import threading
import time

import redis
from django.conf import settings

from eventlens.api import Unavailable
from ingestion.log import stream

logger = logging.getLogger(__name__)
LOOK_EVERY_SECONDS = 1.0
FULL = "Too many events wait to be stored; send them again later."


class Memory:
    """What this process knows of Redis's memory; one request a second looks, the others go by what it saw."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.due = 0.0
        self.is_full = False

    def check(self, store: "redis.Redis", now: float) -> None:
        """Raises Unavailable over the mark, and Redis's errors; `now` is a monotonic clock in seconds."""
        if now >= self.due and self.lock.acquire(blocking=False):
            try:
                self.look(store)
                self.due = now + LOOK_EVERY_SECONDS
            finally:
                self.lock.release()
        if self.is_full:
            raise Unavailable(FULL)

    def is_known(self, now: float) -> bool:
        """Whether `check` will not have to ask Redis, so that it keeps no event loop waiting."""
        return now < self.due

    def look(self, store: "redis.Redis") -> None:
        used, most = memory(store)
        was_full, self.is_full = self.is_full, used * 100 >= most * settings.EVENTLENS.redis_memory_percent
        if self.is_full and not was_full:
            logger.error("Redis holds %s of %s bytes: no events are taken until there is room.", used, most)
        if was_full and not self.is_full:
            logger.warning("Redis has room again: events are taken.")

    def forget(self) -> None:
        self.due, self.is_full = 0.0, False


def memory(store: "redis.Redis") -> tuple[int, int]:
    """The bytes that Redis uses, and those that it may use: its own limit, else the memory of its machine."""
    info = store.info("memory")
    return int(info["used_memory"]), int(info.get("maxmemory") or info["total_system_memory"])


redis_memory = Memory()


def check_memory() -> None:
    redis_memory.check(stream.store(), time.monotonic())


def is_memory_known() -> bool:
    return redis_memory.is_known(time.monotonic())
