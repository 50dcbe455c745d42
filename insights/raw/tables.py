"""The raw rows of events, sessions and profiles: one page of them, as lines that ClickHouse wrote."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from eventlens.clickhouse import client, people
from eventlens.clickhouse.client import Row
from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking.scope import Scope
from insights.asking.visits import visits_sql
from insights.raw import columns as raw_columns
from insights.raw import order as raw_order
from insights.raw.columns import Column
from insights.raw.order import Order, Place, windows

PAGE = """
SELECT $line AS line, $word AS cursor
FROM $source
WHERE $within AND $behind
ORDER BY $by
LIMIT {rows:UInt64}
"""

# Who was seen in the range and, with filters, has a matching event in it. ClickHouse finds those of a page once, and
# what is known of them by their keys: of all profiles it would be too much for every page. FINAL reads in the order
# of ids and stops when the page is full, which GROUP BY with HAVING does not.
SEEN = """(
        SELECT groupArray((profileId, firstSeenAt, lastSeenAt))
        FROM (
            SELECT profileId, firstSeenAt, lastSeenAt
            FROM profile_sightings FINAL
            WHERE projectId = {project:String}
                AND $after
                AND firstSeenAt < {end:DateTime64(3, 'UTC')}
                AND lastSeenAt >= {start:DateTime64(3, 'UTC')}
                AND $matching
            ORDER BY profileId
            LIMIT {rows:UInt64}
        )
    )"""
PROFILES = """(
    SELECT
        seen.one.1 AS id,
        if(owner.personId = '', id, owner.personId) AS personId,
        seen.one.2 AS firstSeenAt,
        seen.one.3 AS lastSeenAt,
        known.traits AS traits
    FROM (
        SELECT arrayJoin($seen) AS one
    ) AS seen
    LEFT JOIN (
        SELECT id, argMax(persons.personId, version) AS personId
        FROM persons
        WHERE projectId = {project:String}
            AND kind = 'profile'
            AND key IN (SELECT xxHash64(concat('p', arrayJoin($seen).1)))
        GROUP BY id
    ) AS owner ON owner.id = seen.one.1
    LEFT JOIN (
        SELECT profileId, traits
        FROM profiles FINAL
        WHERE projectId = {project:String} AND profileId IN (SELECT arrayJoin($seen).1)
    ) AS known ON known.profileId = seen.one.1
)"""
OF_MATCHING_PERSONS = """$person IN (
            SELECT $personOfEvent
            FROM events
            WHERE $events AND $filters
        )"""


@dataclass(frozen=True)
class Table:
    """`source` and `within` tell which rows a range and its filters have; `order` is the export's."""

    columns: tuple[Column, ...]
    order: Order
    source: Callable[[Scope, Place | None, int], Sql]
    within: Callable[[Scope], Sql]
    has_windows: bool = True


def profiles_sql(scope: Scope, place: Place | None, rows: int) -> Sql:
    known = {"project": scope.project, "start": scope.start, "end": scope.end, "rows": rows}
    after = Sql("1") if place is None else Sql("profileId > {id:String}", place)
    seen = compose(SEEN, known, after=after, matching=matching_persons(scope))
    return compose(PROFILES, {"project": scope.project}, seen=seen)


def matching_persons(scope: Scope) -> Sql:
    if not scope.filters:
        return Sql("1")
    key = "xxHash64(concat('p', profile_sightings.profileId))"
    return compose(
        OF_MATCHING_PERSONS,
        person=person_of(scope, key),
        personOfEvent=scope.person(),
        events=scope.events(),
        filters=scope.matching(),
    )


def person_of(scope: Scope, key: str) -> Sql:
    return people.person_sql(scope.project, key) if scope.is_linked else Sql(key)


EVENTS = Table(
    raw_columns.OF_EVENTS,
    raw_order.EVENTS_AS_STORED,
    lambda scope, place, rows: Sql("events"),
    lambda scope: join([scope.events(), scope.matching()]),
)
SESSIONS = Table(
    raw_columns.OF_SESSIONS,
    raw_order.SESSIONS_AS_STORED,
    lambda scope, place, rows: visits_sql(scope),
    lambda scope: Sql("1"),
)
PROFILE_ROWS = Table(
    raw_columns.OF_PROFILES, raw_order.PROFILES_BY_ID, profiles_sql, lambda scope: Sql("1"), has_windows=False
)
TABLES = {"events": EVENTS, "sessions": SESSIONS, "profiles": PROFILE_ROWS}

# The driver gives back what a page may hold at most; a row alone is far below.
MOST_BYTES = 32 * 2**20
SETTINGS = {
    "max_result_bytes": MOST_BYTES,
    "max_result_rows": 0,
    "output_format_json_escape_forward_slashes": 0,
    "optimize_aggregation_in_order": 1,
}


@dataclass(frozen=True)
class Asked:
    """Which rows, in which order, and as what lines."""

    table: Table
    order: Order
    line: Sql
    scope: Scope
    now: datetime
    question: str


def page(asked: Asked, place: Place | None, rows: int) -> Sequence[Row]:
    """The next rows behind the place, each with its `line` and `cursor`; fewer than asked for only at the end."""
    found: list[Row] = []
    for scope in spans(asked, place):
        sql = page_sql(asked, scope, place, rows - len(found))
        found += client.query(sql, comment=f"{scope.project}:{asked.question}", settings=SETTINGS)
        if len(found) >= rows:
            break
    return found


def spans(asked: Asked, place: Place | None) -> Iterable[Scope]:
    if not asked.table.has_windows:
        return [asked.scope]
    return windows(asked.scope, asked.order, place, asked.now)


def page_sql(asked: Asked, scope: Scope, place: Place | None, rows: int) -> Sql:
    return compose(
        PAGE,
        {"rows": rows},
        line=asked.line,
        word=asked.order.word(),
        source=asked.table.source(scope, place, rows),
        within=asked.table.within(scope),
        behind=asked.order.behind(place),
        by=asked.order.by(),
    )
