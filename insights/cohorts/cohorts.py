"""Cohorts: who is in them is worked out, or given as a list, and counts from one moment on."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import xxhash
from django.conf import settings

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from insights.asking import cursors
from insights.asking.cursors import Place
from insights.asking.parameters import BEGINNING, END, Given
from insights.asking.scope import Scope
from insights.cohorts import sql as cohort_sql
from insights.cohorts.definition import Part
from insights.people import who

DEFINITIONS = {
    "people": "The members, as the persons that they are now. Of whom nothing is known yet is left out.",
    "id": "The id that stands for all of a person's; of who is known by none, the device.",
    "kind": "What the id is of: a profile or a device.",
    "next": "Send it as cursor for the following page; empty on the last one.",
}
MOST_ROWS, DEFAULT_LIMIT = 1000, 100
LARGEST = 2**64
LIST_ROWS = 100_000
HOUR_US = 3_600_000_000
ON_DISK = {"max_bytes_before_external_group_by": 500_000_000}

# Told how many members there are; they count from within it on, or never where it raises.
Keep = Callable[[int], AbstractContextManager[None]]


@dataclass(frozen=True)
class Params:
    scope: Scope
    cohort: str
    limit: int
    cursor: Place | None = field(default=None)


def read_people(given: Given) -> Params:
    limit = given.whole("limit", DEFAULT_LIMIT, 1, MOST_ROWS)
    cursor = cursors.read(given)
    if cursor and not is_key(cursor[1]):
        given.problem("cursor", "This is no cursor of a cohort; send the word that the page before ended with.")
    return Params(all_time(given), given.text("id"), limit, cursor)


def is_key(text: str) -> bool:
    """Whether it is a UInt64, as all keys of persons are."""
    return text.isascii() and text.isdigit() and len(text) <= 20 and int(text) < LARGEST


def all_time(given: Given) -> Scope:
    return Scope(given.project, given.timezone, BEGINNING, END, is_linked=given.is_linked)


def answer_people(params: Params) -> dict[str, Any]:
    after = int(params.cursor[1]) if params.cursor else 0
    project, person = params.scope.project, params.scope.person()
    sql = cohort_sql.people_sql(project, params.cohort, person, after, params.limit + 1)
    keys = [row["someone"] for row in client.query(sql, comment=f"{project}:cohorts/people")]
    shown, more = keys[: params.limit], len(keys) > params.limit
    names = named(params.scope, shown)
    return {
        "people": [names[key] for key in shown if key in names],
        "next": cursors.word((0, str(shown[-1]))) if more else "",
    }


def named(scope: Scope, keys: Sequence[int]) -> dict[int, dict[str, str]]:
    found = who.named(scope, keys, "cohorts/people")
    if rest := [key for key in keys if key not in found]:
        sql = Sql(cohort_sql.PROFILES, {"project": scope.project, "keys": rest})
        rows = client.query(sql, comment=f"{scope.project}:cohorts/people")
        found |= {row["someone"]: {"id": row["id"], "kind": "profile"} for row in rows}
    return found


def kept_anyhow(size: int) -> AbstractContextManager[None]:
    return nullcontext()


def work_out(scope: Scope, cohort: str, definition: Part, seconds: int, keep: Keep = kept_anyhow) -> int:
    """Find the members and let them count, all at once; returns how many. Done alone in the project."""
    limits = {"max_execution_time": seconds, "max_memory_usage": settings.EVENTLENS.query_max_memory_bytes}
    generation = next_generation(scope.project, cohort)
    sql = cohort_sql.fill_sql(scope.project, cohort, generation, definition, scope.subject())
    comment = {"log_comment": f"{scope.project}:cohorts"}
    client.command(sql, settings={**limits, **ON_DISK, **comment})
    return publish(scope.project, cohort, generation, keep)


def write_list(project: str, cohort: str, ids: Sequence[str], keep: Keep = kept_anyhow) -> int:
    """The members are the persons whom these ids are of, also those who are not known yet. Done alone likewise."""
    keys = sorted({xxhash.xxh64_intdigest(f"p{one}".encode()) for one in ids})
    generation = next_generation(project, cohort)
    for at in range(0, len(keys), LIST_ROWS):
        insert("cohort_members", project, cohort, generation, personKey=keys[at : at + LIST_ROWS])
    return publish(project, cohort, generation, keep)


def next_generation(project: str, cohort: str) -> int:
    """Later than every other, whatever the clocks of different servers say."""
    [row] = client.query(Sql(cohort_sql.NEWEST, {"project": project, "cohort": cohort}), comment=f"{project}:cohorts")
    return max(time.time_ns() // 1000, int(row["newest"]) + 1)


def publish(project: str, cohort: str, generation: int, keep: Keep) -> int:
    """From here on questions see this generation, and no other; unless it is not to be kept."""
    known = {"project": project, "cohort": cohort, "generation": generation}
    [row] = client.query(Sql(cohort_sql.SIZE, known), comment=f"{project}:cohorts")
    size = int(row["size"])
    with keep(size):
        insert("cohort_generations", project, cohort, generation)
    return size


def insert(table: str, project: str, cohort: str, generation: int, **more: Sequence[int]) -> None:
    rows = max((len(column) for column in more.values()), default=1)
    columns: dict[str, Sequence[object]] = {
        "projectId": [project] * rows,
        "cohortId": [cohort] * rows,
        "generation": [generation] * rows,
    }
    if rows:
        client.insert(table, {**columns, **more}, token="")


def sweep(known: Sequence[str], young: Sequence[str]) -> None:
    """Delete generations that nobody reads any more, and those of cohorts that are gone.

    `known` and `young`, which were worked out just now, are projects and cohorts with a space between.
    """
    before = time.time_ns() // 1000 - HOUR_US
    for table in cohort_sql.TABLES:
        if client.query(cohort_sql.stale_sql(cohort_sql.ANY_STALE, table, known, young, before), comment="cohorts"):
            client.command(cohort_sql.stale_sql(cohort_sql.DELETE_STALE, table, known, young, before))
