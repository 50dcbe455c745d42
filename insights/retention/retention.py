"""Retention: of those who came in a period, how many came back in each period after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import accumulate
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking import periods
from insights.asking.closed import Split
from insights.asking.dimensions import DIMENSIONS_ALLOWED, cohorts_among, dimension_sql, is_dimension
from insights.asking.fields import Subject
from insights.asking.filter_reading import shown
from insights.asking.filters import Condition
from insights.asking.parameters import Given
from insights.asking.scope import MILLISECOND, Scope
from insights.asking.vocabulary import DAY_INTERVALS, INTERVALS
from insights.retention import sql, summed
from insights.retention.activity import done_sql, period_sql

DEFINITIONS = {
    "cohortDate": "The day, the Monday or the first of the month of a person's first start event: of all time "
    "(first_ever), of the range (first_in_range), or of every period that has one (recurring).",
    "periodNumber": "Periods since the cohort's own, which is 0.",
    "retainedUsers": "Persons of the cohort with a return event, or as many as asked for, in that period (on), or in "
    "it or a later one of the range (on_or_after). In period 0 all of them.",
    "cohortSize": "Persons in the cohort.",
    "retentionRate": "retainedUsers as a percentage of cohortSize.",
    "complete": "False while the period is not over, or where the range ends before it does.",
    "breakdown": "The value of the start event that made a person one of the cohort: the earliest of its period, of "
    "those of one millisecond the first by the alphabet.",
    "isOther": "Whether the row is of all values but those with the largest cohorts.",
}
MOST_PERIODS = 400
MOST_CELLS = 250_000
COHORTS = ("first_ever", "first_in_range", "recurring")
MODES = ("on", "on_or_after")
MOST_OCCURRENCES = 1_000_000
MOST_VALUES, DEFAULT_VALUES = 100, 10


@dataclass(frozen=True)
class Params:
    """`boundaries`: where each period begins, and where the last one ends; periods of the future are left out."""

    scope: Scope
    period: str
    boundaries: tuple[datetime, ...] = field(repr=False)
    now: datetime = field(repr=False)
    start_event: str = ""
    return_event: str = ""
    mode: str = "on"
    cohort: str = "first_ever"
    start_filters: tuple[Condition, ...] = ()
    return_filters: tuple[Condition, ...] = ()
    minimum: int = 1
    breakdown: str = ""
    top: int = DEFAULT_VALUES


def read(given: Given) -> Params:
    scope, period = given.scope(), given.choice("period", DAY_INTERVALS, "day")
    params = Params(
        scope,
        period,
        read_boundaries(given, scope, period),
        given.now,
        given.text("startEvent"),
        given.text("returnEvent"),
        given.choice("mode", MODES, "on"),
        given.choice("cohort", COHORTS, "first_ever"),
        given.filters("startFilters"),
        given.filters("returnFilters"),
        given.whole("minimum", 1, 1, MOST_OCCURRENCES),
        read_breakdown(given),
        given.whole("top", DEFAULT_VALUES, 1, MOST_VALUES),
    )
    if params.breakdown and len(params.boundaries) ** 2 // 2 * (params.top + 1) > MOST_CELLS:
        given.problem(
            "breakdown", "The answer would be too large; narrow the range, or use a larger period or a smaller top."
        )
    return params


def read_boundaries(given: Given, scope: Scope, period: str, name: str = "period") -> tuple[datetime, ...]:
    """Those of the periods that have begun; none if there are too many."""
    end = min(scope.end, given.now + MILLISECOND)
    found = periods.boundaries(INTERVALS[period], scope.start, end, scope.timezone, MOST_PERIODS)
    if found is None:
        given.problem(
            name, f"The range has more than {MOST_PERIODS} periods; narrow the range or use a larger {name}."
        )
    return tuple(found or ())


def read_breakdown(given: Given) -> str:
    name = given.text("breakdown")
    if name and not is_dimension(name):
        given.problem("breakdown", f"There is no dimension {shown(name)}; allowed: {DIMENSIONS_ALLOWED}.")
        return ""
    given.check_cohorts(cohorts_among([name]), "breakdown")
    return name


def retention_sql(params: Params, split: Split | None = None) -> Sql:
    distances = sql.DISTANCES if params.mode == "on" else sql.LAST_DISTANCE
    if not params.breakdown:
        return compose(sql.CELLS, distances=distances, persons=persons_sql(params, split))
    return compose(
        sql.CELLS_BY_VALUE,
        {"top": params.top},
        distances=distances,
        members=Sql("counted * (distance = 0)" if params.mode == "on" else "counted"),
        persons=persons_sql(params),
    )


def persons_sql(params: Params, split: Split | None = None) -> Sql:
    """Each person's cohorts, with a breakdown beside the value that each was entered with, and periods of return."""
    if split:
        return summed.persons_sql(split, params.scope, params.boundaries, params.cohort)
    scope = replace(params.scope, end=min(params.scope.end, params.boundaries[-1]))
    subject = scope.subject()
    return compose(
        sql.PERSONS,
        {"start": scope.start},
        person=scope.person(),
        cohorts=cohorts_sql(params),
        returns=sql.RETURNED_ONCE if params.minimum == 1 else Sql(sql.RETURNED_OFTEN, {"minimum": params.minimum}),
        started=done_sql(params.start_event, params.start_filters, subject, "start"),
        returned=done_sql(params.return_event, params.return_filters, subject, "return"),
        period=period_sql(params.boundaries[:-1]),
        measured=measured_sql(params, subject),
        events=scope.events_until_end() if params.cohort == "first_ever" else scope.events(),
        filters=scope.matching(),
    )


def parts(params: Params) -> Split | None:
    """Days that are summed up, and the rest; None where single events have to be looked at."""
    if params.start_event or params.return_event or params.start_filters or params.return_filters:
        return None
    if params.breakdown or params.minimum > 1:
        return None
    return summed.split(params.scope, params.boundaries, params.cohort)


def measured_sql(params: Params, subject: Subject) -> Sql:
    """What is kept of each device and period: no more than the question needs."""
    times = sql.TIMES if params.minimum > 1 else ""
    if not params.breakdown:
        return Sql(sql.FIRST + times)
    return compose(sql.FIRST_WITH_VALUE + times, value=dimension_sql(params.breakdown, subject, "breakdown"))


def cohorts_sql(params: Params) -> Sql:
    if params.cohort == "recurring":
        return sql.EVERY_WITH_VALUE if params.breakdown else sql.EVERY
    return sql.ONCE_WITH_VALUE if params.breakdown else sql.ONCE


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    """Every period of every cohort that has anyone in it; with a breakdown value by value, the largest first."""
    if not params.breakdown:
        return triangle(rows, params)
    values: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        values.setdefault(row["rank"], []).append(row)
    return [
        {"breakdown": of_value[0]["shown"], "isOther": rank > params.top, **cell}
        for rank, of_value in sorted(values.items())
        for cell in triangle(of_value, params)
    ]


def triangle(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
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
    return shape(ask(params), params)


def ask(params: Params) -> list[dict[str, Any]]:
    """From days that are summed up as far as there are any, else from the rows."""
    comment = f"{params.scope.project}:retention"
    if split := parts(params):
        rows = client.query(retention_sql(params, split), comment=comment)
        if split.is_there() and split.still_counts():
            return rows
    return client.query(retention_sql(params), comment=comment)
