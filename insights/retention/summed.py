"""Retention by any event, from days that are summed up and from the events of the rest of the range."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from eventlens.clickhouse.sql import Sql, compose
from insights.asking import closed
from insights.asking.closed import Split
from insights.asking.scope import Scope
from insights.retention import sql
from insights.retention.activity import period_sql

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)  # no column of ClickHouse knows an earlier moment
MOST_PERIODS = 64  # each is a bit


def split(scope: Scope, boundaries: Sequence[datetime], cohort: str) -> Split | None:
    """Who came first ever is found among all events before, too."""
    if len(boundaries) - 1 > MOST_PERIODS:
        return None
    end = min(scope.end, boundaries[-1])
    start = EARLIEST if cohort == "first_ever" else scope.start
    return closed.split(replace(scope, start=start, end=end), scope.start)


def persons_sql(split: Split, scope: Scope, boundaries: Sequence[datetime], cohort: str) -> Sql:
    """Each person's cohorts and periods of return."""
    beginnings = boundaries[:-1]
    rows = compose(
        sql.KEYS_BY_DAY,
        {"begins": scope.start},
        periodOfDay=period_sql(beginnings, "startsAt"),
        periodOfEvent=period_sql(beginnings),
        summed=split.summed(),
        events=split.events(),
    )
    once = compose(sql.ONCE_BY_DAY, {"begins": scope.start}, period=period_sql(beginnings, "min(first)"))
    return compose(
        sql.PERSONS_BY_DAY,
        person=scope.person(),
        cohorts=sql.EVERY_BY_DAY if cohort == "recurring" else once,
        rows=compose(sql.KEYS_ONCE, rows=rows) if scope.is_linked else rows,
    )
