"""Projects whose lanes could not be cut: apart from the others, in ever smaller pieces, until the lane is found that
cannot be cut even alone. It is set aside and tried again after a while, so that it keeps no other from its sessions.

Redis remembers it, for a piece that is too much may take longer than a turn.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

import redis

from ingestion.log import lanes, stream
from ingestion.log.lanes import Lane
from ingestion.log.marks import AGAIN_SECONDS

logger = logging.getLogger(__name__)
Touched = Mapping[str, Sequence[Lane]]  # by project

SIZES = "eventlens:lanes:apart"  # hash: project, how many of its lanes at a time
ASIDE = "eventlens:lanes:aside"  # set of projects with lanes that are set aside


def aside_key(project_id: str) -> str:
    """The hash of lanes that are set aside, as the hash of touched ones."""
    return f"eventlens:lanes:aside:{project_id}"


def waits_key(project_id: str) -> str:
    """Lives until the lanes are to be tried again."""
    return f"eventlens:lanes:waits:{project_id}"


class Apart:
    """What a turn knows of them."""

    def __init__(self, store: "redis.Redis") -> None:
        self.store = store
        sizes = cast("dict[bytes, bytes]", store.hgetall(SIZES))
        self.sizes = {name.decode(): int(size) for name, size in sizes.items()}
        self.aside = {name: lanes_aside(store, name) for name in projects_aside(store)}
        self.given_up: set[str] = set()  # for this turn

    def most(self, project_id: str, room: int) -> int:
        """How many of the project's lanes to cut at a time."""
        return min(room, self.sizes.get(project_id, room))

    def bearable(self, project_id: str, some: Sequence[Lane]) -> list[Lane]:
        """Those that are not set aside; news of the others wait with them."""
        aside = self.aside.get(project_id, set())
        set_aside(self.store, project_id, [lane for lane in some if lane.key in aside])
        return [lane for lane in some if lane.key not in aside]

    def was_cut(self, touched: Touched) -> None:
        """The next piece of a project that is apart may be larger, until it is apart no more."""
        for project_id, some in touched.items():
            if project_id in self.sizes:
                self.resize(project_id, 2 * len(some) if len(some) >= self.sizes[project_id] else 0)

    def was_not_cut(self, touched: Touched) -> None:
        """Each project by itself, of a single one half as many, a single lane not at all for now."""
        for project_id, some in touched.items():
            if len(touched) > 1:
                self.resize(project_id, len(some))
            elif len(some) > 1:
                self.resize(project_id, len(some) // 2)
            else:
                logger.error("Lane %s of %s is left alone for %s s.", some[0].key, project_id, AGAIN_SECONDS)
                set_aside(self.store, project_id, some)
                self.given_up.add(project_id)

    def resize(self, project_id: str, size: int) -> None:
        """0 is as many as of any other project."""
        if size:
            self.sizes[project_id] = size
            self.store.hset(SIZES, project_id, size)
        else:
            self.sizes.pop(project_id, None)
            self.store.hdel(SIZES, project_id)


def forget_project(store: "redis.Redis", project_id: str) -> None:
    store.delete(aside_key(project_id), waits_key(project_id))
    store.srem(ASIDE, project_id)
    store.hdel(SIZES, project_id)


def set_aside(store: "redis.Redis", project_id: str, some: Sequence[Lane]) -> None:
    """First there, then away from here: cut short in between, a lane is in both places, which harms nobody."""
    if some:
        store.set(waits_key(project_id), 1, nx=True, ex=AGAIN_SECONDS)
        touch(store, ASIDE, aside_key(project_id), project_id, some)
        store.hdel(lanes.taken_key(project_id), *[str(lane.key) for lane in some])


def bring_back(store: "redis.Redis") -> None:
    """Lanes that have waited long enough are touched anew."""
    for project_id in projects_aside(store):
        if not store.exists(waits_key(project_id)):
            waiting = cast("dict[bytes, bytes]", store.hgetall(aside_key(project_id)))
            touch(store, lanes.PROJECTS, lanes.touched_key(project_id), project_id, lanes.parse(waiting.items()))
            store.delete(aside_key(project_id))
            store.srem(ASIDE, project_id)


def touch(store: "redis.Redis", projects: str, key: str, project_id: str, some: Sequence[Lane]) -> None:
    for first in range(0, len(some), lanes.STEP // 3):
        spans: list[Any] = [part for lane in some[first : first + lanes.STEP // 3] for part in map(str, lane)]
        stream.script("touch")(keys=[projects, key], args=[project_id, *spans], client=store)


def projects_aside(store: "redis.Redis") -> list[str]:
    return sorted(name.decode() for name in cast("set[bytes]", store.smembers(ASIDE)))


def lanes_aside(store: "redis.Redis", project_id: str) -> set[int]:
    return {int(key) for key in cast("list[bytes]", store.hkeys(aside_key(project_id)))}
