"""The device of a visitor without a cookie: a hash with a salt that lives for a day and is then destroyed.

A day's salt is random, made by whoever needs it first, and removed by Redis itself at the end of the following day.
Until then yesterday's device is still recognised, so that midnight does not cut a session in two.
"""

import secrets
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import redis

from ingestion.wire.moments import DAY_MS, milliseconds


class Salts(NamedTuple):
    """Today's salt, and yesterday's if there was one."""

    day: int  # days since 1970, UTC
    today: bytes
    yesterday: bytes | None


class SaltCache:
    """The salts in this process: read from Redis once a day, forgotten at midnight."""

    def __init__(self) -> None:
        self.salts: Salts | None = None

    def get(self, store: "redis.Redis", now_ms: int) -> Salts:
        salts = self.salts
        if salts is None or salts.day != now_ms // DAY_MS:
            salts = self.salts = load(store, now_ms // DAY_MS, now_ms)
        return salts

    def is_known(self, now_ms: int) -> bool:
        """Whether `get` will not have to ask Redis, so that it keeps no event loop waiting."""
        return self.salts is not None and self.salts.day == now_ms // DAY_MS

    def forget(self) -> None:
        self.salts = None


cache = SaltCache()


def salt_key(day: int) -> str:
    return f"eventlens:salt:{day}"


def load(store: "redis.Redis", day: int, now_ms: int) -> Salts:
    """The salts of that day and the one before; the day's is made if nobody has yet."""
    life_ms = (day + 2) * DAY_MS - now_ms
    with store.pipeline(transaction=False) as pipe:
        pipe.set(salt_key(day), secrets.token_bytes(32), nx=True, px=life_ms)
        pipe.mget(salt_key(day), salt_key(day - 1))
        today, yesterday = pipe.execute()[1]
    return Salts(day, today, yesterday)


def device_ids(salts: Salts, project_id: str, address: str, user_agent: str) -> tuple[str, ...]:
    """The visitor's device today and, while yesterday's salt exists, the one of yesterday."""
    visitor = f"{project_id}\0{address}\0{user_agent}".encode()
    known = (salts.today,) if salts.yesterday is None else (salts.today, salts.yesterday)
    return tuple(blake2b(visitor, digest_size=8, key=salt).hexdigest() for salt in known)


def rotate(store: "redis.Redis", now: datetime) -> None:
    """Make today's salt and tomorrow's ahead of the rush at midnight."""
    now_ms = milliseconds(now)
    for day in (now_ms // DAY_MS, now_ms // DAY_MS + 1):
        load(store, day, now_ms)
