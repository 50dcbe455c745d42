"""Stickiness: how many persons were active in exactly one, two, … of the days, weeks or months of a range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import accumulate
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking import compared, periods
from insights.asking.buckets import buckets_before, read_buckets
from insights.asking.parameters import Given
from insights.asking.scope import Scope
from insights.asking.vocabulary import DAY_INTERVALS
from insights.retention.activity import done_sql

DEFINITIONS = {
    "activePeriods": "A number of days, weeks or months of the range, as the interval says.",
    "uniqueVisitors": "Persons who were active in exactly so many of them; cumulative: in as many or more.",
    "percentage": "These as a percentage of all persons active in the range.",
    **compared.DEFINITIONS,
}
MOST_EVENTS = 1_000_000


@dataclass(frozen=True)
class Params:
    """A period counts for a person with `minimum` to `maximum` events in it; 0 stands for no maximum."""

    scope: Scope
    interval: str
    buckets: tuple[datetime, ...] = field(repr=False)
    event: str = ""
    cumulative: bool = False
    minimum: int = 1
    maximum: int = 0
    compare: compared.Compare = ""


def read(given: Given) -> Params:
    scope, interval = given.scope(), given.choice("interval", DAY_INTERVALS, "day")
    params = Params(
        scope,
        interval,
        read_buckets(given, scope, interval, "interval"),
        given.text("event"),
        given.flag("cumulative"),
        given.whole("minimum", 1, 1, MOST_EVENTS),
        given.whole("maximum", 0, 0, MOST_EVENTS),
        compared.read(given),
    )
    if 0 < params.maximum < params.minimum:
        given.problem("maximum", "maximum is less than minimum; swap them, or leave one out.")
    return params


SQL = """
SELECT active, count() AS people
FROM (
    SELECT someone, count() AS active
    FROM (
        SELECT $person AS someone, bucket
        FROM (
            SELECT
                personKey,
                roundDown(toUnixTimestamp64Milli(createdAt), {buckets:Array(Int64)}) AS bucket,
                count() AS times
            FROM events
            WHERE $events AND $done AND $filters
            GROUP BY personKey, bucket
        )
        GROUP BY someone, bucket
        HAVING sum(times) >= {minimum:UInt64} AND ({maximum:UInt64} = 0 OR sum(times) <= {maximum:UInt64})
    )
    GROUP BY someone
)
GROUP BY active
"""


def stickiness_sql(params: Params) -> Sql:
    return compose(
        SQL,
        {
            "buckets": [periods.milliseconds(bucket) for bucket in params.buckets],
            "minimum": params.minimum,
            "maximum": params.maximum,
        },
        person=params.scope.person(),
        events=params.scope.events(),
        done=done_sql(params.event, (), params.scope.subject(), "done"),
        filters=params.scope.matching(),
    )


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    """A row for every number of periods that is possible."""
    people = {row["active"]: row["people"] for row in rows}
    counts = [people.get(number, 0) for number in range(1, len(params.buckets) + 1)]
    everyone = sum(counts)
    if params.cumulative:
        counts = list(accumulate(reversed(counts)))[::-1]
    return [
        {
            "activePeriods": number,
            "uniqueVisitors": count,
            "percentage": count * 100 / everyone if everyone else 0,
        }
        for number, count in enumerate(counts, 1)
    ]


def answer(params: Params) -> list[dict[str, Any]]:
    now = ask(params)
    if not params.compare:
        return now
    before = ask(
        replace(params, scope=params.scope.previous(), buckets=buckets_before(params.scope, params.interval))
    )
    has_shares = is_anybody(now) and is_anybody(before)
    return list(compared.beside(now, before, ("uniqueVisitors",), ("percentage",), has_shares=has_shares))


def is_anybody(rows: Sequence[Mapping[str, Any]]) -> bool:
    return any(row["uniqueVisitors"] for row in rows)


def ask(params: Params) -> list[dict[str, Any]]:
    rows = client.query(stickiness_sql(params), comment=f"{params.scope.project}:stickiness")
    return shape(rows, params)
