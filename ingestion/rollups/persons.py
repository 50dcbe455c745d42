"""Who is one person: devices and aliases joined to profiles, by rules that do not depend on the order of arrival.

- A device belongs to the profile of its earliest link.
- Profiles that aliases join, directly or in a chain, are one person. It goes by the id that is nobody's alias; of
  several, and in a circle, by the smallest.

The facts are the links; the table `persons` says what follows from them, and only what new links touch is worked out
again. What is written does not depend on what was written before, so every step can be repeated: the next one has a
higher version, and one that was slow and thinks that it still holds the lock has a lower one.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import redis

from eventlens.clickhouse import client, people
from eventlens.clickhouse.sql import Sql, compose
from ingestion.log import marks
from ingestion.rollups.person_sql import ALIASES, COMPANIONS, DEVICES, NAMED, NEWEST, OF_PROFILES
from ingestion.rollups.turns import Renew, all_rows, in_time, unhurried

logger = logging.getLogger(__name__)

CHUNK = 10_000  # keys a statement, which travel as a parameter
MEMORY = {"max_memory_usage": 2 * 1024**3}


@dataclass
class Component:
    """Profiles that aliases join: ids by key, and which of them are somebody's alias."""

    ids: dict[int, str] = field(default_factory=dict)
    aliases: set[int] = field(default_factory=set)

    def representative(self) -> int:
        own = [key for key in self.ids if key not in self.aliases] or list(self.ids)
        return min(own, key=lambda key: self.ids[key])


@dataclass(frozen=True)
class Alias:
    """One link between two profiles."""

    from_key: int
    from_id: str
    to_key: int
    to_id: str


def join(store: "redis.Redis", project_id: str, names: Sequence[str], renew: Renew = unhurried) -> list[str]:
    """Work out the persons of these devices and profiles, named as the drain marks them.

    Returns the names of all profiles that are now done: a long chain is not closed again for each piece of its marks.
    """
    profiles = [int(name[1:]) for name in names if name[0] == "p"]
    devices = [int(name[1:]) for name in names if name[0] == "d"]
    version = next_version(project_id)
    members: list[int] = []
    if profiles:
        found = components(closure(project_id, profiles, renew))
        members = [key for component in found for key in component.ids]
        renew()
        write(project_id, found, version)
        # The traits of all of them are one person's now.
        marks.mark(store, marks.PROFILES, project_id, [name for one in found for name in one.ids.values()])
    for keys in pieces(members):
        write_devices(project_id, OF_PROFILES, keys, version, renew)
    for keys in pieces(devices):
        write_devices(project_id, NAMED, keys, version, renew)
    people.refresh()
    return [f"p{key}" for key in members]


def next_version(project_id: str) -> int:
    """Taken before anything is read: who reads later writes a higher one."""
    [row] = client.query(Sql(NEWEST, {"project": project_id}), comment="persons")
    return max(time.time_ns() // 1000, int(row["newest"]) + 1)


def closure(project_id: str, profiles: Sequence[int], renew: Renew = unhurried) -> list[Alias]:
    """All alias links of the components that these profiles are in."""
    known, frontier = set(profiles), set(profiles)
    links: dict[tuple[int, int], Alias] = {}
    while frontier:
        reached = set()
        for keys in pieces(frontier):
            params = {"project": project_id, "keys": keys}
            for row in client.query(Sql(ALIASES, params), comment="persons", settings=all_rows(renew)):
                link = Alias(row["fromKey"], row["alias"], row["toKey"], row["owner"])
                links[link.from_key, link.to_key] = link
                reached |= {link.from_key, link.to_key}
            rows = client.query(Sql(COMPANIONS, params), comment="persons", settings=all_rows(renew))
            reached |= {row["key"] for row in rows}
        frontier = reached - known
        known |= frontier
    return list(links.values())


def components(links: Iterable[Alias]) -> list[Component]:
    """Union-find with halved paths: linear in the links, whatever their shape."""
    parent: dict[int, int] = {}

    def root(key: int) -> int:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    links = list(links)
    for link in links:
        parent[root(link.from_key)] = root(link.to_key)
    found: dict[int, Component] = {}
    for link in links:
        component = found.setdefault(root(link.from_key), Component())
        component.ids |= {link.from_key: link.from_id, link.to_key: link.to_id}
        component.aliases.add(link.from_key)
    return list(found.values())


def write(project_id: str, found: Sequence[Component], version: int) -> None:
    """The profiles' rows, also that of the one who stands for all: it may have been somebody else's before."""
    rows = [(key, name, one) for one in found for key, name in one.ids.items()]
    persons = {id(one): one.representative() for one in found}
    columns: Mapping[str, Sequence[object]] = {
        "projectId": [project_id] * len(rows),
        "key": [key for key, _, _ in rows],
        "kind": ["profile"] * len(rows),
        "id": [name for _, name, _ in rows],
        "person": [persons[id(one)] for _, _, one in rows],
        "personId": [one.ids[persons[id(one)]] for _, _, one in rows],
        "version": [version] * len(rows),
    }
    if rows:
        client.insert("persons", columns, token=f"persons:{project_id}:{version}")


def write_devices(project_id: str, which: str, keys: Sequence[int], version: int, renew: Renew) -> None:
    params = {"project": project_id, "version": version, "keys": keys}
    client.command(compose(DEVICES, params, devices=Sql(which)), settings=MEMORY | in_time(renew))


def pieces(keys: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(keys)
    while piece := list(islice(rest, CHUNK)):
        yield piece
