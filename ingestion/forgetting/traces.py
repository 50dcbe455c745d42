"""What Redis holds of persons besides the log, to be forgotten: marks and lanes for the rollups, live sessions."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import redis

from ingestion.door.turn import live_key
from ingestion.forgetting.batch import Known
from ingestion.log import lanes, marks, stream
from ingestion.rollups import apart

PIECE = 1000
Ends = dict[str, list[int]]


def log_ends(store: "redis.Redis") -> Ends:
    """By shard the id of the last entry that waits to be stored."""
    with store.pipeline(transaction=False) as pipe:
        for shard in range(stream.MOST_SHARDS):
            pipe.xrevrange(stream.log_key(shard), count=1)
        found: list[Any] = pipe.execute()
    return {str(shard): id_of(entries[0]) for shard, entries in enumerate(found) if entries}


def has_passed(store: "redis.Redis", ends: Ends) -> bool:
    """Whether everything up to these entries is stored: stored entries leave the log."""
    for shard, end in ends.items():
        entries: Any = store.xrange(stream.log_key(int(shard)), count=1)
        if entries and id_of(entries[0]) <= end:
            return False
    return True


def id_of(entry: tuple[bytes, Any]) -> list[int]:
    """Milliseconds and number, which compare as entries follow each other."""
    return [int(part) for part in entry[0].split(b"-")]


def forget_marks(store: "redis.Redis", project_id: str, whose: Known) -> None:
    names = {
        marks.PROFILES: list(whose.profiles),
        marks.PERSONS: [f"{kind[0]}{key}" for kind, keys in whose.keys.items() for key in keys],
    }
    for kind, marked in names.items():
        for piece in pieces(marked):
            for key in (marks.marked_key, marks.taken_key, marks.aside_key):
                store.srem(key(kind, project_id), *piece)


def forget_sessions(store: "redis.Redis", project_id: str, devices: Iterable[str]) -> None:
    """What a device sends next begins a session of its own."""
    for piece in pieces(devices):
        store.delete(*[live_key(project_id, device) for device in piece])


def forget_project(store: "redis.Redis", project_id: str) -> None:
    store.delete(lanes.touched_key(project_id), lanes.taken_key(project_id), stream.imported_key(project_id))
    store.srem(lanes.PROJECTS, project_id)
    apart.forget_project(store, project_id)
    for kind in (marks.PERSONS, marks.PROFILES):
        keys = (marks.marked_key, marks.taken_key, marks.aside_key, marks.waits_key)
        store.delete(*[key(kind, project_id) for key in keys])
        store.srem(marks.projects_key(kind), project_id)
        store.srem(marks.projects_aside_key(kind), project_id)


def touch(project_id: str, touched: Sequence[dict[str, int]]) -> None:
    """Have the sessions of these lanes cut again, in the span of what is left of them."""
    for piece in pieces(touched):
        spans = [part for lane in piece for part in (str(lane["lane"]), lane["low"], lane["high"])]
        keys = [lanes.PROJECTS, lanes.touched_key(project_id)]
        stream.script("touch")(keys=keys, args=[project_id, *spans])


def pieces(of: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(of)
    while piece := list(islice(rest, PIECE)):
        yield piece
