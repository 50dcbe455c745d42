"""Retention: of those who came in a period, how many came back in each period after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import accumulate
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights import periods
from insights.parameters import Given
from insights.scope import MILLISECOND, Scope
from insights.vocabulary import DAY_INTERVALS, INTERVALS

DEFINITIONS = {
    "cohortDate": "The day, the Monday or the first of the month of a person's first start event: of all time "
    "(first_ever), of the range (first_in_range), or of every period that has one (recurring).",
    "periodNumber": "Periods since the cohort's own, which is 0.",
    "retainedUsers": "Persons of the cohort with a return event in that period (on), or in it or a later one of the "
    "range (on_or_after). In period 0 all of them.",
    "cohortSize": "Persons in the cohort.",
    "retentionRate": "retainedUsers as a percentage of cohortSize.",
    "complete": "False while the period is not over, or where the range ends before it does.",
}
MOST_PERIODS = 400
COHORTS = ("first_ever", "first_in_range", "recurring")
MODES = ("on", "on_or_after")


@dataclass(frozen=True)
class Params:
    """`boundaries`: where each period begins, and where the last one ends; periods of the future are left out."""

    scope: Scope
    period: str
    boundaries: tuple[datetime, ...] = field(repr=False)
    now: datetime
    start_event: str = ""
    return_event: str = ""
    mode: str = "on"
    cohort: str = "first_ever"


def read(given: Given) -> Params:
    scope, period = given.scope(), given.choice("period", DAY_INTERVALS, "day")
    end = min(scope.end, given.now + MILLISECOND)
    boundaries = periods.boundaries(INTERVALS[period], scope.start, end, scope.timezone, MOST_PERIODS)
    if boundaries is None:
        given.problem(
            "period", f"The range has more than {MOST_PERIODS} periods; narrow the range or use a larger period."
        )
    return Params(
        scope,
        period,
        tuple(boundaries or ()),
        given.now,
        given.text("startEvent"),
        given.text("returnEvent"),
        given.choice("mode", MODES, "on"),
        given.choice("cohort", COHORTS, "first_ever"),
    )


SQL = """
SELECT cohort, arrayJoin($distances) AS distance, count() AS people
FROM (
    SELECT arrayJoin(cohorts) AS cohort, returns
    FROM (
        SELECT
            $cohorts AS cohorts,
            groupUniqArrayIf(period, returned AND inRange) AS returns
        FROM (
            SELECT
                $person AS person,
                createdAt,
                createdAt >= {start:DateTime64(3, 'UTC')} AS inRange,
                $started AS started,
                $returned AS returned,
                transform(
                    roundDown(toUnixTimestamp64Milli(createdAt), {periods:Array(Int64)}),
                    {periods:Array(Int64)},
                    {numbers:Array(Int32)},
                    toInt32(0)
                ) AS period
            FROM events
            WHERE $events AND $filters AND (started OR returned)
        )
        GROUP BY person
    )
)
GROUP BY cohort, distance
"""

FIRST = Sql(
    "if(countIf(started) > 0 AND argMinIf(inRange, createdAt, started), [argMinIf(period, createdAt, started)], [])"
)
EVERY = Sql("groupUniqArrayIf(period, started)")
# Each period of a return; 0 stands for the cohort itself.
RETURNS = Sql("arrayConcat([0], arrayMap(at -> at - cohort, arrayFilter(at -> at > cohort, returns)))")
# Only the last return: `shape` knows that it stands for all before it.
LAST_RETURN = Sql("[greatest(arrayMax(returns) - cohort, 0)]")


def retention_sql(params: Params) -> Sql:
    starts = [periods.milliseconds(start) for start in params.boundaries[:-1]]
    scope = replace(params.scope, end=min(params.scope.end, params.boundaries[-1]))
    return compose(
        SQL,
        {"periods": starts, "numbers": list(range(len(starts))), "start": scope.start},
        distances=RETURNS if params.mode == "on" else LAST_RETURN,
        cohorts=EVERY if params.cohort == "recurring" else FIRST,
        person=scope.person(),
        started=named("startEvent", params.start_event),
        returned=named("returnEvent", params.return_event),
        events=scope.events_until_end() if params.cohort == "first_ever" else scope.events(),
        filters=scope.matching(),
    )


def named(parameter: str, name: str) -> Sql:
    """Any event will do where none is named."""
    return Sql(f"name = {{{parameter}:String}}", {parameter: name}) if name else Sql("1")


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    """Every period of every cohort that has anyone in it."""
    count = len(params.boundaries) - 1
    people = {(row["cohort"], row["distance"]): row["people"] for row in rows}
    cells = []
    for cohort in sorted({cohort for cohort, _ in people}):
        counts = [people.get((cohort, distance), 0) for distance in range(count - cohort)]
        cells += cohort_cells(params, cohort, counts if params.mode == "on" else from_the_end(counts))
    return cells


def from_the_end(counts: Sequence[int]) -> list[int]:
    return list(accumulate(reversed(counts)))[::-1]


def cohort_cells(params: Params, cohort: int, retained: Sequence[int]) -> list[dict[str, Any]]:
    """One cell a period; the first count is the cohort's size."""
    closed = min(params.now, params.scope.end)
    return [
        {
            "cohortDate": periods.local_day(params.boundaries[cohort], params.scope.timezone).isoformat(),
            "periodNumber": distance,
            "retainedUsers": users,
            "cohortSize": retained[0],
            "retentionRate": users * 100 / retained[0],
            "complete": params.boundaries[cohort + distance + 1] <= closed,
        }
        for distance, users in enumerate(retained)
    ]


def answer(params: Params) -> list[dict[str, Any]]:
    if len(params.boundaries) < 2:
        return []
    rows = client.query(retention_sql(params), comment=f"{params.scope.project}:retention")
    return shape(rows, params)
