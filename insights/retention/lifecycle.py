"""Lifecycle: in each period, who is new, came again, came back after a break, or stayed away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking import compared, periods
from insights.asking.parameters import Given
from insights.asking.scope import MILLISECOND, Scope
from insights.asking.vocabulary import DAY_INTERVALS, INTERVALS
from insights.retention.activity import done_sql, period_sql
from insights.retention.retention import MOST_PERIODS, read_boundaries

DEFINITIONS = {
    "date": "The period's first day; periods count whole, also those that the range cuts.",
    "new": "Persons active in the period whose first event of all time, of whatever name, is in it.",
    "returning": "Persons active in the period and in the one before.",
    "resurrecting": "Persons active in the period, not in the one before, who are not new.",
    "dormant": "Persons active in the period before, and not in this one.",
    "complete": "False while the period is not over.",
    **compared.DEFINITIONS,
}
STATES = ("new", "returning", "resurrecting", "dormant")
# Two numbers stand before those of the range: all that was long before, and the period just before.
FIRST = 2


@dataclass(frozen=True)
class Params:
    """`boundaries`: where each period begins, and where the last one ends; periods of the future are left out."""

    scope: Scope
    interval: str
    boundaries: tuple[datetime, ...] = field(repr=False)
    now: datetime = field(repr=False)
    event: str = ""
    compare: compared.Compare = ""


def read(given: Given) -> Params:
    scope, interval = given.scope(), given.choice("interval", DAY_INTERVALS, "day")
    boundaries = read_boundaries(given, scope, interval, "interval")
    return Params(scope, interval, boundaries, given.now, given.text("event"), compared.read(given))


# A person's numbers of active periods, each beside its neighbour in the list.
SQL = """
SELECT change.1 AS period, change.2 AS state, count() AS people
FROM (
    SELECT arrayJoin(arrayConcat(
        arrayFilter(one -> one.1 >= {first:Int32}, arrayMap(
            (at, before) -> (at, multiIf(at = born, 'new', before = at - 1, 'returning', 'resurrecting')),
            active,
            arrayPopBack(arrayPushFront(active, toInt32(-1)))
        )),
        arrayMap(one -> (toInt32(one.1 + 1), 'dormant'), arrayFilter(
            one -> one.2 != one.1 + 1 AND one.1 < {last:Int32},
            arrayZip(active, arrayPopFront(arrayPushBack(active, toInt32(-1))))
        ))
    )) AS change
    FROM (
        SELECT
            min(period) AS born,
            arraySort(groupUniqArrayIf(period, isActive)) AS active
        FROM (
            SELECT
                personKey,
                $period AS period,
                1 AS isActive
            FROM events
            WHERE $events AND $done AND $filters
            GROUP BY personKey, period
            UNION ALL
            SELECT
                personKey,
                $firstPeriod AS period,
                0 AS isActive
            FROM events
            WHERE $everything
            GROUP BY personKey
        )
        GROUP BY $person
        HAVING notEmpty(active)
    )
)
GROUP BY period, state
"""


def lifecycle_sql(params: Params) -> Sql:
    before = period_before(params)
    beginnings = (before - MILLISECOND, before, *params.boundaries[:-1])
    scope = replace(params.scope, start=before, end=params.boundaries[-1])
    return compose(
        SQL,
        {"first": FIRST, "last": len(beginnings) - 1},
        period=period_sql(beginnings),
        firstPeriod=period_sql(beginnings, "min(createdAt)"),
        person=scope.person(),
        events=scope.events(),
        everything=scope.events_until_end(),
        done=done_sql(params.event, (), scope.subject(), "done"),
        filters=scope.matching(),
    )


def period_before(params: Params) -> datetime:
    """Where the period before the range's first one begins."""
    first = params.boundaries[0]
    found = periods.boundaries(INTERVALS[params.interval], first - MILLISECOND, first, params.scope.timezone, 1)
    return found[0] if found else first


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    """A row for every period, zeros where nothing was."""
    people = {(row["period"], row["state"]): row["people"] for row in rows}
    return [
        {
            "date": periods.local_day(start, params.scope.timezone).isoformat(),
            **{state: people.get((at + FIRST, state), 0) for state in STATES},
            "complete": params.boundaries[at + 1] <= params.now,
        }
        for at, start in enumerate(params.boundaries[:-1])
    ]


def answer(params: Params) -> list[dict[str, Any]]:
    if len(params.boundaries) < 2:
        return []
    now = ask(params)
    return list(compared.beside(now, ask(previous(params)), STATES)) if params.compare else now


def previous(params: Params) -> Params:
    """The same of the range before, which may touch more periods than are allowed."""
    scope = params.scope.previous()
    interval = INTERVALS[params.interval]
    found = periods.boundaries(interval, scope.start, scope.end, scope.timezone, 2 * MOST_PERIODS)
    return replace(params, scope=scope, boundaries=tuple(found or ()))


def ask(params: Params) -> list[dict[str, Any]]:
    rows = client.query(lifecycle_sql(params), comment=f"{params.scope.project}:lifecycle")
    return shape(rows, params)
