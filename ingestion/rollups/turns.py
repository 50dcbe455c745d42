"""A rollup's turn: one worker at a time, for a few seconds, and what it has finished counts only while it is the one.

A worker may be frozen at any line and wake up when another has done its work and more. So it strikes nothing off
without its lock, and what it sends to ClickHouse has to end while nobody else can have taken over.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import redis

from ingestion.log import stream

logger = logging.getLogger(__name__)

SECONDS = 3.0  # then other work of the same worker gets its turn
LOCK_SECONDS = 20  # after a death nobody works for as long
MARGIN_SECONDS = 2.0
PIECE = 5_000  # Lua passes only so many arguments at once


class TurnLost(Exception):
    """Somebody else may be at work by now, who repeats what was not struck off."""


@dataclass(frozen=True)
class Progress:
    """How much a turn worked off, and whether there was more when it was over."""

    count: int = 0
    has_more: bool = False


Renew = Callable[[], float]  # asked before each statement: for how many seconds nobody else can be at work


def unhurried() -> float:
    return 2 * 60.0


def in_time(renew: Renew) -> dict[str, int]:
    """A statement of half of the time, so that there is some left to do less at a time."""
    return {"max_execution_time": max(1, int(renew() / 2))}


def all_rows(renew: Renew) -> dict[str, int]:
    """The same for a question, whatever the number of its rows."""
    return {"max_result_rows": 0, **in_time(renew)}


class Turn:
    """The lock of a rollup, and how long this worker wants it and surely has it."""

    def __init__(self, store: "redis.Redis", name: str, seconds: float, lock_seconds: int) -> None:
        self.store, self.name, self.owner = store, name, secrets.token_hex(8)
        self.lock_seconds = lock_seconds
        self.ends = time.monotonic() + seconds
        self.safe_until = 0.0

    def take(self) -> bool:
        self.safe_until = self.safe_from_now()
        return bool(self.store.set(self.name, self.owner, nx=True, ex=self.lock_seconds))

    def safe_from_now(self) -> float:
        return time.monotonic() + self.lock_seconds - MARGIN_SECONDS

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.ends

    def safe_seconds(self) -> float:
        """For how long nobody else can be at work. Raises TurnLost where that is not sure any more."""
        left = self.safe_until - time.monotonic()
        if left <= 0:
            raise TurnLost
        return left

    def renew(self) -> float:
        """Have the lock for its full time again, and return the seconds that are safe. Raises TurnLost."""
        self.ask("renew", [self.name], [])
        return self.safe_seconds()

    def done(self, command: Literal["HDEL", "SREM"], key: str, members: Sequence[str]) -> None:
        """Strike these off a hash or a set, and renew. Raises TurnLost."""
        for first in range(0, len(members), PIECE):
            self.ask("done", [self.name, key], [command, *members[first : first + PIECE]])

    def ask(self, script: str, keys: list[str], arguments: list[str]) -> None:
        # Between its last statement and here it may have been too slow; then that did not do all that it should.
        self.safe_seconds()
        safe_until = self.safe_from_now()
        parts = [self.owner, str(self.lock_seconds * 1000), *arguments]
        if not stream.script(script)(keys=keys, args=parts, client=self.store):
            raise TurnLost
        self.safe_until = safe_until

    def release(self) -> None:
        stream.script("release")(keys=[self.name], args=[self.owner], client=self.store)


@contextmanager
def turn(store: "redis.Redis", name: str, seconds: float, lock_seconds: int = LOCK_SECONDS) -> Iterator[Turn | None]:
    """A turn that begins at once, or None while somebody else has one.

    After an error the lock runs out by itself: what ClickHouse was told may still be going on there.
    """
    mine = Turn(store, name, seconds, lock_seconds)
    if not mine.take():
        yield None
        return
    try:
        yield mine
    except TurnLost:
        logger.warning("A turn of %s outlived its lock of %s s; the next one goes on.", name, lock_seconds)
    else:
        mine.release()
