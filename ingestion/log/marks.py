"""What the drain leaves for the rollups of persons and profiles: sets of names in Redis, one a kind and project."""

import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import cast

import redis

PERSONS = "persons"  # keys of devices and profiles with a new link: d123 or p123
PROFILES = "profiles"  # ids of profiles whose traits changed
CHUNK = 5_000
AGAIN_SECONDS = 600  # after which what was set aside is tried again

Marks = Mapping[tuple[str, str], Iterable[str]]  # by kind and project


def projects_key(kind: str) -> str:
    """The set of projects with marks of this kind."""
    return f"eventlens:marked:{kind}"


def marked_key(kind: str, project_id: str) -> str:
    """The set that collects marks until the next rollup."""
    return f"eventlens:marked:{kind}:{project_id}"


def taken_key(kind: str, project_id: str) -> str:
    """The set that a rollup works off; it outlives a rollup that dies."""
    return f"eventlens:marks-taken:{kind}:{project_id}"


def projects_aside_key(kind: str) -> str:
    """The set of projects with marks of this kind that are set aside."""
    return f"eventlens:marks-aside:{kind}"


def aside_key(kind: str, project_id: str) -> str:
    """The set of marks that could not be worked off; news of them wait with them."""
    return f"eventlens:marks-aside:{kind}:{project_id}"


def waits_key(kind: str, project_id: str) -> str:
    """Lives until they are to be tried again."""
    return f"eventlens:marks-waits:{kind}:{project_id}"


def mark(store: "redis.Redis", kind: str, project_id: str, names: Sequence[str]) -> None:
    with store.pipeline(transaction=True) as pipe:
        for first in range(0, len(names), CHUNK):
            pipe.sadd(marked_key(kind, project_id), *names[first : first + CHUNK])
        pipe.sadd(projects_key(kind), project_id)
        pipe.execute()


def set_aside(store: "redis.Redis", kind: str, project_id: str, names: Sequence[str]) -> None:
    """First there, then away from here: cut short in between, a mark is in both places, which harms nobody."""
    if names:
        store.set(waits_key(kind, project_id), 1, nx=True, ex=AGAIN_SECONDS)
        store.sadd(projects_aside_key(kind), project_id)
        store.sadd(aside_key(kind, project_id), *names)
        store.srem(taken_key(kind, project_id), *names)


def bring_back(store: "redis.Redis", kind: str) -> None:
    """What has waited long enough is marked anew."""
    for project_id in texts(store, projects_aside_key(kind)):
        if not store.exists(waits_key(kind, project_id)):
            mark(store, kind, project_id, texts(store, aside_key(kind, project_id)))
            store.delete(aside_key(kind, project_id))
            store.srem(projects_aside_key(kind), project_id)


def bearable(store: "redis.Redis", kind: str, project_id: str, names: Sequence[str]) -> list[str]:
    """Those that are not set aside."""
    aside = set(texts(store, aside_key(kind, project_id)))
    set_aside(store, kind, project_id, [name for name in names if name in aside])
    return [name for name in names if name not in aside]


def chunks(
    store: "redis.Redis", kind: str, size: int = CHUNK, failed: Collection[str] = ()
) -> Iterator[tuple[str, list[str]]]:
    """Marks in pieces, one of each project in turn; a piece comes again until it is struck off.

    A busy project must not keep the others waiting: each call begins with another one. One that failed is left out.
    """
    waiting = deque(texts(store, projects_key(kind)))
    waiting.rotate(-int(time.monotonic()))
    while waiting:
        project_id = waiting.popleft()
        if take(store, kind, project_id):
            marked = islice(store.sscan_iter(taken_key(kind, project_id), count=size), size)
            if names := bearable(store, kind, project_id, [text(name) for name in marked]):
                yield project_id, names
            if project_id not in failed:
                waiting.append(project_id)


def take(store: "redis.Redis", kind: str, project_id: str) -> bool:
    """Set the marks aside; what an earlier rollup left unfinished comes first."""
    marked, taken, projects = marked_key(kind, project_id), taken_key(kind, project_id), projects_key(kind)
    if store.exists(taken):
        return True
    try:
        store.rename(marked, taken)
    except redis.ResponseError:  # nothing marked since the last call
        store.srem(projects, project_id)
        # A mark may have come in between the two calls; then the project must stay on the list.
        if store.exists(marked):
            store.sadd(projects, project_id)
        return False
    return True


def texts(store: "redis.Redis", key: str) -> list[str]:
    """The members of a set."""
    return sorted(text(name) for name in cast("set[bytes]", store.smembers(key)))


def text(name: bytes) -> str:
    return name.decode()
