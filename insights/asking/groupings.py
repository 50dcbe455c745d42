"""What the rows of an answer are grouped by: dimensions of events, of their sessions, and of time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking import periods
from insights.asking.buckets import label, read_buckets
from insights.asking.dimensions import DIMENSIONS_ALLOWED, cohorts_among, dimension_sql, is_dimension
from insights.asking.filter_reading import shown
from insights.asking.parameters import Given
from insights.asking.scope import Scope
from insights.asking.vocabulary import DIMENSIONS, INTERVALS

TIME = "time:"
TIMES: Mapping[str, str] = {f"{TIME}{interval}": interval for interval in INTERVALS}
# Columns of `sessions`: what their first event said, and where they led.
OF_SESSIONS: Mapping[str, str] = {
    "entryPath": "entryPath",
    "exitPath": "exitPath",
    **{f"session.{name}": name for name in DIMENSIONS},
}
MOST_DIMENSIONS = 5
ALLOWED = f"{', '.join([*TIMES, 'entryPath', 'exitPath', 'session.<column>'])}, {DIMENSIONS_ALLOWED}"


@dataclass(frozen=True)
class Grouping:
    """One dimension, the `at`th of its question; `alias` is its column in SQL."""

    name: str
    at: int

    @property
    def alias(self) -> str:
        return f"dimension{self.at}"

    @property
    def is_time(self) -> bool:
        return self.name in TIMES

    @property
    def is_of_session(self) -> bool:
        return self.name in OF_SESSIONS

    @property
    def is_of_event(self) -> bool:
        return not self.is_time and not self.is_of_session


@dataclass(frozen=True)
class Groupings:
    """The dimensions of a question and, where one is a time, the beginnings of its buckets."""

    names: tuple[str, ...] = ()
    buckets: tuple[datetime, ...] = field(default=(), repr=False)

    def __iter__(self) -> Iterator[Grouping]:
        return (Grouping(name, at) for at, name in enumerate(self.names))

    @property
    def aliases(self) -> Sql:
        return Sql(", ".join(one.alias for one in self))

    @property
    def time(self) -> str:
        """The interval of the dimension that is a time; empty without one."""
        return next((TIMES[name] for name in self.names if name in TIMES), "")

    @property
    def ask_events(self) -> bool:
        return any(one.is_of_event for one in self)

    @property
    def ask_sessions(self) -> bool:
        return any(one.is_of_session for one in self)

    def milliseconds(self) -> list[int]:
        return [periods.milliseconds(bucket) for bucket in self.buckets]


def is_grouping(name: object) -> bool:
    return isinstance(name, str) and (name in TIMES or name in OF_SESSIONS or is_dimension(name))


def read_names(given: Given, field: str, default: Sequence[str]) -> tuple[str, ...]:
    """The names of dimensions, as a JSON list or one text with commas, each once."""
    if given.value(field) is None:
        return tuple(default)
    names = given.items(field)
    if not 1 <= len(names) <= MOST_DIMENSIONS or sum(isinstance(one, str) and one in TIMES for one in names) > 1:
        given.problem(field, f"{field} takes 1 to {MOST_DIMENSIONS} dimensions, one of time at most.")
        return tuple(default)
    for name in names:
        if not is_grouping(name):
            given.problem(field, f"There is no dimension {shown(name)}; allowed: {ALLOWED}.")
    known = [name for name in names if isinstance(name, str) and is_grouping(name)]
    given.check_cohorts(cohorts_among(known), field)
    return tuple(dict.fromkeys(known))


def read_groupings(given: Given, scope: Scope, field: str, default: Sequence[str] = ()) -> Groupings:
    """The dimensions, with the buckets of the one that is a time."""
    groupings = Groupings(read_names(given, field, default))
    if not groupings.time:
        return groupings
    return Groupings(groupings.names, read_buckets(given, scope, groupings.time, field))


def labels_of(groupings: Groupings, scope: Scope) -> dict[int, str]:
    """How the beginnings of the buckets are written, by their milliseconds."""
    written = (label(bucket, groupings.time, scope) for bucket in groupings.buckets)
    return dict(zip(groupings.milliseconds(), written, strict=True))


def named(row: Mapping[str, Any], groupings: Groupings, labels: Mapping[int, str]) -> dict[str, str]:
    """The dimensions of a row by their names."""
    return {one.name: labels[row[one.alias]] if one.is_time else row[one.alias] for one in groupings}


BUCKET = "roundDown(toUnixTimestamp64Milli($moment), {buckets:Array(Int64)})"


def bucket_sql(groupings: Groupings, moment: str) -> Sql:
    return compose(BUCKET, {"buckets": groupings.milliseconds()}, moment=Sql(moment))


def of_events(groupings: Groupings, scope: Scope) -> Sql:
    """The columns to group events by, as they stand in a SELECT from `source`."""
    return join((compose(f"$value AS {one.alias}", value=of_event(one, groupings, scope)) for one in groupings), ", ")


def of_event(one: Grouping, groupings: Groupings, scope: Scope) -> Sql:
    if one.is_time:
        return bucket_sql(groupings, "events.createdAt")
    if one.is_of_session:
        return Sql(f"if(events.createdAt <= visit.visitEnd, visit.{one.alias}Value, '')")
    return dimension_sql(one.name, scope.subject(), one.alias)


# An event belongs to the session of its lane that started last before it; one newer than the last rollup to none yet.
WITH_SESSIONS = """events
    ASOF LEFT JOIN (
        SELECT
            sessionKey AS visitKey,
            startedAt AS visitStart,
            endedAt AS visitEnd,
            $columns
        FROM sessions FINAL
        WHERE $open
    ) AS visit
    ON events.sessionKey = visit.visitKey AND events.createdAt >= visit.visitStart"""


def source(groupings: Groupings, scope: Scope) -> Sql:
    """`events`, beside their sessions where a dimension needs them."""
    if not groupings.ask_sessions:
        return Sql("events")
    columns = (
        Sql(f"toString({OF_SESSIONS[one.name]}) AS {one.alias}Value") for one in groupings if one.is_of_session
    )
    return compose(WITH_SESSIONS, columns=join(columns, ", "), open=scope.sessions_open())
