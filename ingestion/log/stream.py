"""The log: one Redis stream a shard, appended to by the door, drained by one holder of the shard's lock at a time."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import redis
import xxhash
from django.conf import settings
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

from eventlens.limits import limits
from ingestion.log import lanes, marks

GROUP = "drain"
CONSUMER = "drain"  # fixed: whoever holds the lock inherits what the one before left unfinished
QUARANTINE = "eventlens:quarantine"
LOCK_MS = 15_000
DUE_MS = 10_000
FIRST_REST_MS, LONGEST_REST_MS = 1_000, 30_000
MOST_BYTES = 4 * 1024 * 1024  # of one batch, so that large events cannot fill a worker's memory
MOST_SHARDS = 256

Lanes = Mapping[str, Mapping[int, tuple[int, int]]]
encode = msgspec.msgpack.encode


class LockLost(Exception):
    """Somebody else drains the shard by now; what is unfinished is theirs."""


@cache
def store() -> "redis.Redis":
    """This process's connections. Nothing is repeated silently: an append whose answer got lost may have happened."""
    return redis.Redis.from_url(
        settings.EVENTLENS.redis_url,
        socket_timeout=2,
        socket_connect_timeout=1,
        retry=Retry(NoBackoff(), 0),
    )


@cache
def script(name: str) -> Script:
    """One of the scripts beside this file; it is sent by its hash, and whole where Redis does not know it."""
    return store().register_script(script_text(name))


def script_text(name: str) -> str:
    return (Path(__file__).parent / f"{name}.lua").read_text()


def log_key(shard: int) -> str:
    return f"eventlens:log:{shard}"


def due_key(shard: int) -> str:
    """Set while a drain is on its way or at work; it goes by itself if that one dies."""
    return f"eventlens:due:{shard}"


def lock_key(shard: int) -> str:
    return f"eventlens:drain:{shard}"


def pause_key(shard: int) -> str:
    return f"eventlens:pause:{shard}"


def failures_key(shard: int) -> str:
    return f"eventlens:failures:{shard}"


def verdicts_key(shard: int) -> str:
    """What was decided about the chunks of the batch that is being stored."""
    return f"eventlens:verdicts:{shard}"


def flushed_key(shard: int) -> str:
    """Lives for the flush interval after a batch was stored."""
    return f"eventlens:flushed:{shard}"


def imported_key(project_id: str) -> str:
    """How far access logs of a project were brought in."""
    return f"eventlens:imported:{project_id}"


def shard_of(device_id: str) -> int:
    """One device's events all go the same way, so that their order holds."""
    shards = limits().stream_shards
    return 0 if shards == 1 else xxhash.xxh64_intdigest(device_id.encode()) % shards


def waiting_shards() -> list[int]:
    """Shards with entries that nobody works on, also those that settings no longer name."""
    with store().pipeline(transaction=False) as pipe:
        for shard in range(MOST_SHARDS):
            pipe.xlen(log_key(shard))
        depths = pipe.execute()
        waiting = [shard for shard, depth in enumerate(depths) if depth]
        for shard in waiting:
            pipe.exists(lock_key(shard), pause_key(shard))
        return [shard for shard, busy in zip(waiting, pipe.execute(), strict=True) if not busy]


@dataclass(frozen=True)
class Batch:
    """Entries that are stored together or not at all; the same entries have the same token for ever."""

    ids: Sequence[bytes]
    payloads: Sequence[bytes]
    token: str


@dataclass(frozen=True)
class Outcome:
    """What the end of a batch leaves behind: what could not be stored, and what the rollups have to look at."""

    refused: Sequence[Mapping[str, str | bytes]] = ()
    touched: Lanes = field(default_factory=dict)
    marked: marks.Marks = field(default_factory=dict)


def batch(shard: int, flat: Sequence[bytes]) -> Batch | None:
    """From the flat answer of read.lua; None if there is nothing."""
    if not flat:
        return None
    ids, payloads = flat[0::2], flat[1::2]
    digest = xxhash.xxh3_64_hexdigest(b"".join(flat))
    token = f"{shard}:{ids[0].decode()}:{ids[-1].decode()}:{len(ids)}:{digest}"
    return Batch(ids, payloads, token)


@dataclass(frozen=True)
class Holder:
    """The one who drains a shard, as long as its lock lives; nothing is read once that is somebody else."""

    shard: int
    owner: str

    def unfinished(self) -> Batch | None:
        """The whole batch that was read before and never finished; raises LockLost."""
        return self.read("0")

    def fresh(self) -> Batch | None:
        """The next batch; raises LockLost. With None the lock is released: there was nothing to do."""
        return self.read(">")

    def read(self, start: str) -> Batch | None:
        most = settings.EVENTLENS.batch_entries
        flat = self.run(
            "read",
            [lock_key(self.shard), log_key(self.shard), due_key(self.shard)],
            [self.owner, LOCK_MS, GROUP, CONSUMER, start, most, MOST_BYTES, DUE_MS],
        )
        if flat is None:
            raise LockLost
        return batch(self.shard, flat)

    def agree(self, batch: Batch, number: int, block: str, verdict: bytes) -> list[bytes]:
        """The flat answer of agree.lua, which decisions.py puts to use; raises LockLost."""
        keys = [lock_key(self.shard), verdicts_key(self.shard)]
        standing = self.run("agree", keys, [self.owner, LOCK_MS, batch.token, number, block, verdict])
        if standing is None:
            raise LockLost
        return list(standing)

    def finish(self, done: Batch, outcome: Outcome) -> None:
        """Acknowledge and delete the entries, and leave the outcome, in one step; LockLost says to read no more."""
        projects = list(outcome.touched)
        refused = [[part for pair in fields.items() for part in pair] for fields in outcome.refused]
        request = (
            GROUP,
            settings.EVENTLENS.flush_interval_ms,
            [entry_id.decode() for entry_id in done.ids],
            [len(parts) for parts in refused],
            [(project, spans(outcome.touched[project])) for project in projects],
            [(project, list(names)) for (_, project), names in outcome.marked.items()],
        )
        keys = [lock_key(self.shard), log_key(self.shard), flushed_key(self.shard), failures_key(self.shard)]
        keys += [verdicts_key(self.shard), QUARANTINE, lanes.PROJECTS]
        keys += [lanes.touched_key(project) for project in projects]
        for kind, project in outcome.marked:
            keys += [marks.projects_key(kind), marks.marked_key(kind, project)]
        if not self.run("finish", keys, [self.owner, encode(request), *chain.from_iterable(refused)]):
            raise LockLost

    def linger_ms(self) -> int:
        """How long the next batch may still grow: until it is full, or the flush interval has passed."""
        with store().pipeline(transaction=False) as pipe:
            pipe.xlen(log_key(self.shard))
            pipe.pttl(flushed_key(self.shard))
            depth, rest = pipe.execute()
        return 0 if depth >= settings.EVENTLENS.batch_entries else max(0, rest)

    def release(self) -> None:
        self.run("release", [lock_key(self.shard)], [self.owner])

    def rest(self) -> float:
        """Release the lock and keep everybody from it for a while; returns the seconds."""
        keys = [lock_key(self.shard), pause_key(self.shard), failures_key(self.shard)]
        return int(self.run("rest", keys, [self.owner, FIRST_REST_MS, LONGEST_REST_MS])) / 1000

    def run(self, name: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        return script(name)(keys=keys, args=arguments)


def spans(touched: Mapping[int, tuple[int, int]]) -> list[str | int]:
    """Lane, low, high and so on; a lane as text, for Lua's numbers have 53 bits."""
    return [part for lane, (low, high) in touched.items() for part in (str(lane), low, high)]


def take(shard: int) -> Holder | None:
    """Become the shard's holder; None if somebody is, or if the shard rests after a failure."""
    holder = Holder(shard, secrets.token_hex(8))
    keys = [lock_key(shard), pause_key(shard), log_key(shard)]
    return holder if script("take")(keys=keys, args=[holder.owner, LOCK_MS, GROUP]) else None
