"""Time series: the overview's numbers per minute, hour, day, week or month, every bucket present."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights import periods
from insights.overview import plain
from insights.parameters import Given
from insights.scope import Scope
from insights.visits import visits_sql
from insights.vocabulary import DAY_INTERVALS, INTERVALS, METRIC_ORDER, definitions, metrics_sql

DEFINITIONS = definitions() | {
    "date": "The day that the bucket begins on, the range's first day for a week or month that the range cuts; for "
    "hours and minutes the instant. Events are counted by their own time, sessions by their start.",
}
MOST_BUCKETS = 5000


@dataclass(frozen=True)
class Params:
    scope: Scope
    interval: str
    buckets: tuple[datetime, ...] = field(repr=False)


def read(given: Given) -> Params:
    scope = given.scope()
    interval = given.choice("interval", INTERVALS, "day")
    found = periods.boundaries(INTERVALS[interval], scope.start, scope.end, scope.timezone, MOST_BUCKETS)
    if found is None:
        given.problem(
            "interval",
            f"The range has more than {MOST_BUCKETS} buckets; narrow the range or use a larger interval.",
        )
    return Params(scope, interval, tuple(found or ())[:-1])


SQL = """
SELECT *
FROM (
    SELECT
    roundDown(toUnixTimestamp64Milli(createdAt), {buckets:Array(Int64)}) AS bucket,
    $eventMetrics
    FROM events
    WHERE $events AND $filters
    GROUP BY bucket
) AS happened
FULL OUTER JOIN (
    SELECT
    roundDown(toUnixTimestamp64Milli(startedAt), {buckets:Array(Int64)}) AS bucket,
    $sessionMetrics
    FROM $visits
    GROUP BY bucket
) AS visited
USING (bucket)
"""


def timeseries_sql(params: Params) -> Sql:
    """The buckets that hold anything, by their beginning in milliseconds; time zones are left to `periods`."""
    return compose(
        SQL,
        {"buckets": [periods.milliseconds(bucket) for bucket in params.buckets]},
        eventMetrics=metrics_sql("events", params.scope.visitors()),
        sessionMetrics=metrics_sql("sessions", params.scope.visitors()),
        events=params.scope.events(),
        filters=params.scope.matching(),
        visits=visits_sql(params.scope),
    )


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    """A row for every bucket, zeros where nothing was."""
    filled = {row["bucket"]: row for row in rows}
    return [
        {"date": label(bucket, params), **numbers(filled.get(periods.milliseconds(bucket), {}))}
        for bucket in params.buckets
    ]


def numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(row.get(name, 0)) for name in METRIC_ORDER}


def label(bucket: datetime, params: Params) -> str:
    zone = params.scope.timezone
    if params.interval not in DAY_INTERVALS:
        return bucket.astimezone(zone).isoformat()
    return max(periods.local_day(bucket, zone), periods.local_day(params.scope.start, zone)).isoformat()


def answer(params: Params) -> list[dict[str, Any]]:
    rows = client.query(timeseries_sql(params), comment=f"{params.scope.project}:timeseries")
    return shape(rows, params)
