"""Time series: the overview's numbers per minute, hour, day, week or month, every bucket present."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking import compared, periods
from insights.asking.buckets import buckets_before, label, read_buckets
from insights.asking.compared import Compare, change
from insights.asking.metrics import COMPARED, COUNTED_ORDER, METRIC_ORDER, definitions, metrics_sql, numbers
from insights.asking.parameters import Given
from insights.asking.scope import Scope
from insights.asking.visits import visits_sql
from insights.asking.vocabulary import DAY_INTERVALS, INTERVALS
from insights.web import summed

DEFINITIONS = (
    definitions()
    | COMPARED
    | {
        "date": "The day that the bucket begins on, the range's first day for a week or month that the range cuts; "
        "for hours and minutes the instant. Events are counted by their own time, sessions by their start.",
        "compare": "The bucket as far from the beginning of the period before, and the change since; null in both "
        "where that period is over.",
    }
)


NOTHING = {"previous": None, "change": None}


@dataclass(frozen=True)
class Params:
    scope: Scope
    interval: str
    buckets: tuple[datetime, ...] = field(repr=False)
    compare: Compare = ""


def read(given: Given) -> Params:
    scope = given.scope()
    interval = given.choice("interval", INTERVALS, "day")
    return Params(scope, interval, read_buckets(given, scope, interval, "interval"), compared.read(given))


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
        eventMetrics=metrics_sql("events", params.scope),
        sessionMetrics=metrics_sql("sessions", params.scope),
        events=params.scope.events(),
        filters=params.scope.matching(),
        visits=visits_sql(params.scope),
    )


def shape(found: Mapping[str, Any]) -> dict[str, Any]:
    return {"date": found["date"], **numbers(found, METRIC_ORDER)}


def filled(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    """A row for every bucket, zeros where nothing was, with the numbers that rates are shares of."""
    by_bucket = {row["bucket"]: row for row in rows}
    return [
        {
            "date": label(bucket, params.interval, params.scope),
            **numbers(by_bucket.get(periods.milliseconds(bucket), {}), COUNTED_ORDER),
        }
        for bucket in params.buckets
    ]


def answer(params: Params) -> list[dict[str, Any]]:
    now = ask(params)
    if not params.compare:
        return [shape(found) for found in now]
    return list(beside(now, ask(previous(params))))


def previous(params: Params) -> Params:
    """The same of the period before."""
    return replace(params, scope=params.scope.previous(), buckets=buckets_before(params.scope, params.interval))


def beside(now: Sequence[dict[str, Any]], before: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each row beside the one at the same place of the period before."""
    for at, row in enumerate(now):
        past = before[at] if at < len(before) else None
        known = {"previous": shape(past), "change": change(row, past, METRIC_ORDER)} if past else NOTHING
        yield {**shape(row), "compare": known}


def ask(params: Params) -> list[dict[str, Any]]:
    """From days that are summed up as far as there are any, else from the rows."""
    rows = summed_rows(params) or client.query(timeseries_sql(params), comment=f"{params.scope.project}:timeseries")
    return filled(rows, params)


def summed_rows(params: Params) -> list[dict[str, Any]]:
    if params.interval not in DAY_INTERVALS:
        return []
    return summed.rows(params.scope, params.buckets, "timeseries", by_day=params.interval == "day")
