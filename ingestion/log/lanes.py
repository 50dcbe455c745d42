"""Which lanes of events were touched and since when: what the drain hands to the session rollup, through Redis.

A lane is what sessions are cut from: the client's own session, or else all events of a device. Its key is the
`sessionKey` column. A touched lane is a hash field, `min:max` of the event times in milliseconds that came in.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import redis
import xxhash

PROJECTS = "eventlens:touched"  # set of projects with touched lanes
STEP = 5_000  # fields a call: Redis serves nobody else meanwhile


def touched_key(project_id: str) -> str:
    """The hash that collects touched lanes until the next rollup."""
    return f"eventlens:touched:{project_id}"


def taken_key(project_id: str) -> str:
    """The hash that a rollup works off; it outlives a rollup that dies."""
    return f"eventlens:taken:{project_id}"


class Lane(NamedTuple):
    """A touched lane: its key and the earliest and latest event time that came in, milliseconds."""

    key: int
    low: int
    high: int


def lane_key(session_id: str, device_id: str) -> int:
    """The `sessionKey` that ClickHouse computes for the same event."""
    return hashed(f"s{session_id}" if session_id else f"d{device_id}")


def hashed(lane: str) -> int:
    return xxhash.xxh64_intdigest(lane.encode())


def touched_lanes(events: Iterable[tuple[str, str, str, int]]) -> dict[str, dict[int, tuple[int, int]]]:
    """From (project, session as given, device, time in ms) of each stored event to {project: {lane: (low, high)}}."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for project_id, session_id, device_id, moment in events:
        lanes = found.get(project_id)
        if lanes is None:
            lanes = found[project_id] = {}
        lane = f"s{session_id}" if session_id else f"d{device_id}"
        span = lanes.get(lane)
        if span is None:
            lanes[lane] = (moment, moment)
        elif not span[0] <= moment <= span[1]:
            lanes[lane] = (min(span[0], moment), max(span[1], moment))
    return {project_id: {hashed(lane): span for lane, span in lanes.items()} for project_id, lanes in found.items()}


class Taken:
    """A project's lanes that are worked off; the scan goes on where it was, or it would pass all gaps again."""

    def __init__(self, store: "redis.Redis", project_id: str) -> None:
        self.store, self.project_id = store, project_id
        self.fields: Iterator[tuple[bytes, bytes]] = iter(())

    def next(self, most: int) -> list[Lane]:
        """The next lanes, none where none are left; those that are not struck off meanwhile come again."""
        lanes = parse(islice(self.fields, most))
        if not lanes and take(self.store, self.project_id):
            self.fields = self.store.hscan_iter(taken_key(self.project_id), count=STEP)
            lanes = parse(islice(self.fields, most))
        return lanes


def parse(fields: Iterable[tuple[bytes, bytes]]) -> list[Lane]:
    """A lane may come twice: Redis says so of scans."""
    lanes = {}
    for key, span in fields:
        low, _, high = span.partition(b":")
        lanes[key] = Lane(int(key), int(low), int(high))
    return list(lanes.values())


def take(store: "redis.Redis", project_id: str) -> bool:
    """Set the touched lanes aside for this rollup; True if there is something to work off.

    What an earlier rollup left unfinished comes first; lanes touched meanwhile wait for the next call.
    """
    if store.exists(taken_key(project_id)):
        return True
    try:
        store.rename(touched_key(project_id), taken_key(project_id))
    except redis.ResponseError:  # nothing touched since the last call
        store.srem(PROJECTS, project_id)
        # An event may have come in between the two calls; then the project must stay on the list.
        if store.exists(touched_key(project_id)):
            store.sadd(PROJECTS, project_id)
        return False
    return True
