"""The traits of each person, folded from all changes in the order of their time, whatever order they came in.

`set` replaces, `remove` takes away a trait and those below it, `add` adds to the number that is there; what is no
number counts as 0. Decimals are exact to nine places. Changes of one time go by arrival, then by event id.
"""

import time
from collections.abc import Sequence

import redis

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.rollups.profile_sql import FOLD, MEMBERS, NEWEST
from ingestion.rollups.turns import Renew, all_rows, in_time, unhurried
from ingestion.storing.facts import person_key

MEMORY = {"max_memory_usage": 2 * 1024**3}


def fold(store: "redis.Redis", project_id: str, names: Sequence[str], renew: Renew = unhurried) -> list[str]:
    """Store the traits of the persons that these profiles belong to; nobody else is done with them."""
    version = next_version(project_id)
    persons = {name: name for name in names} | members(project_id, names, renew)
    params = {"project": project_id, "version": version, "ids": list(persons), "persons": list(persons.values())}
    client.command(Sql(FOLD, params), settings=MEMORY | in_time(renew))
    renew()
    bury(project_id, [name for name, person in persons.items() if name != person], version)
    return []


def next_version(project_id: str) -> int:
    """Taken before anything is read: who reads later writes a higher one."""
    [row] = client.query(Sql(NEWEST, {"project": project_id}), comment="profiles")
    return max(time.time_ns() // 1000, int(row["newest"]) + 1)


def members(project_id: str, names: Sequence[str], renew: Renew) -> dict[str, str]:
    """The person by profile, of all profiles that are one person with one of these."""
    params = {"project": project_id, "keys": [person_key("p", name) for name in names]}
    rows = client.query(Sql(MEMBERS, params), comment="profiles", settings=all_rows(renew))
    return {row["id"]: row["personId"] for row in rows}


def bury(project_id: str, names: Sequence[str], version: int) -> None:
    """Their traits are found under another id now."""
    columns: dict[str, Sequence[object]] = {
        "projectId": [project_id] * len(names),
        "profileId": names,
        "version": [version] * len(names),
        "isDeleted": [1] * len(names),
    }
    if names:
        client.insert("profiles", columns, token=f"bury:{project_id}:{version}")
