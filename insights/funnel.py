"""Funnel: how many persons, or sessions, take each of a row of steps, and how long they need."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights import funnel_orders
from insights.fields import Subject
from insights.filter_reading import shown
from insights.funnel_steps import (
    MASK_CODES,
    MOST_RIVALRIES,
    MOST_STEPS,
    STEP_CODES,
    Step,
    are_distinct,
    count_rivalries,
    mask_sql,
    number_sql,
)
from insights.parameters import Given
from insights.scope import MILLISECOND, Scope

DEFINITIONS = {
    "count": "Persons, or sessions, whose best attempt took this step.",
    "conversion": "The percentage of those who took the first step.",
    "conversionFromPrevious": "The percentage of those who took the step before.",
    "dropOff": "How many took the step before, but not this one.",
    "medianSeconds": "The median time from the step before, of those who took this one; 0 for the first step.",
}
UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
WINDOW = re.compile(r"(\d{1,9})(ms|s|m|h|d|w)")
ENTITIES = ("person", "session")
# Whole arrays of every entity of a block are in memory at once.
BLOCK = {"max_block_size": 8192}


@dataclass(frozen=True)
class Params:
    """`window` is in milliseconds; without one it is the range's length."""

    scope: Scope
    steps: tuple[Step, ...]
    window: int
    order: str = "ordered"
    by: str = "person"


def read(given: Given) -> Params:
    scope = given.scope()
    steps = read_steps(given)
    order, by = given.choice("order", ORDERS, "ordered"), given.choice("by", ENTITIES, "person")
    if not given.problems and count_rivalries(steps) > MOST_RIVALRIES:
        given.problem("steps", "Too many steps ask for one event with different filters; use fewer of those.")
    return Params(scope, steps, read_window(given, scope), order, by)


def read_window(given: Given, scope: Scope) -> int:
    text = given.text("window")
    if not text:
        return max(1, (scope.end - scope.start) // MILLISECOND)
    match = WINDOW.fullmatch(text)
    if match is None or int(match[1]) == 0:
        given.problem("window", f"window cannot be {shown(text)}; allowed: a number and ms, s, m, h, d or w (30m).")
        return 1
    return int(match[1]) * UNITS[match[2]]


def read_steps(given: Given) -> tuple[Step, ...]:
    raw = given.items("steps")
    if not 2 <= len(raw) <= MOST_STEPS:
        given.problem("steps", f"Give 2 to {MOST_STEPS} steps, each an event name or {{name, filters}}.")
        return ()
    return tuple(read_step(given, one, f"steps[{index}]") for index, one in enumerate(raw))


def read_step(given: Given, raw: object, where: str) -> Step:
    name, filters = (raw.get("name"), raw.get("filters")) if isinstance(raw, dict) else (raw, None)
    if isinstance(raw, dict) and not set(raw) <= {"name", "filters"}:
        given.problem(where, "A step has a name and filters; nothing else is allowed.")
    if not isinstance(name, str) or not name:
        given.problem(where, "A step is an event name or {name, filters}; give it a name.")
        return Step("")
    return Step(name, given.filter_list(filters, f"{where}.filters"))


SQL = """
SELECT
    countForEach(taken) AS people,
    quantileExactInclusiveForEach(0.5)(arrayDifference(taken)) AS waits
FROM ($attempts
)
"""

MOMENTS = """
    SELECT entity, arraySort(groupArray(time * $codes + code)) AS moments
    FROM ($happened
    )
    GROUP BY entity
    HAVING max($entered) > 0"""

BY_PERSON = """
        SELECT
            $person AS entity,
            toUInt64(dateDiff('millisecond', {start:DateTime64(3, 'UTC')}, createdAt) + 1) AS time,
            $code AS code
        FROM events
        WHERE $events AND $filters AND $relevant"""

BY_SESSION = """
        SELECT (happened.entity, visit.startedAt) AS entity, happened.time AS time, happened.code AS code
        FROM (
            SELECT
                sessionKey AS entity,
                createdAt,
                toUInt64(dateDiff('millisecond', {start:DateTime64(3, 'UTC')}, createdAt) + 1) AS time,
                $code AS code
            FROM events
            WHERE $events AND $filters AND $relevant
        ) AS happened
        ASOF INNER JOIN (
            SELECT sessionKey, startedAt, endedAt
            FROM sessions FINAL
            WHERE $open
        ) AS visit
        ON happened.entity = visit.sessionKey AND happened.createdAt >= visit.startedAt
        WHERE happened.createdAt <= visit.endedAt"""


def funnel_sql(params: Params) -> Sql:
    attempts = ORDERS[params.order](params)
    return compose(SQL, {"window": params.window}, attempts=attempts)


def ordered_sql(params: Params) -> Sql:
    if are_distinct(params.steps):
        return funnel_orders.ordered_sql(params.steps, moments_sql(params, number_sql, STEP_CODES))
    untied = funnel_orders.untied_sql(params.steps, moments_sql(params, mask_sql, MASK_CODES))
    return funnel_orders.ordered_sql(params.steps, untied)


def strict_sql(params: Params) -> Sql:
    moments = moments_sql(params, mask_sql, MASK_CODES, Sql("1"))
    return funnel_orders.strict_sql(params.steps, moments)


def any_sql(params: Params) -> Sql:
    return funnel_orders.any_sql(params.steps, moments_sql(params, mask_sql, MASK_CODES))


ORDERS: Mapping[str, Callable[[Params], Sql]] = {"ordered": ordered_sql, "strict": strict_sql, "any": any_sql}


def moments_sql(
    params: Params, code: Callable[[Sequence[Step], Subject], Sql], codes: int, relevant: Sql | None = None
) -> Sql:
    """Each entity's moments; `relevant` says which events count, those of a step if it is left out."""
    names = Sql("name IN {names:Array(String)} AND code > 0", {"names": sorted({step.name for step in params.steps})})
    happened = compose(
        BY_PERSON if params.by == "person" else BY_SESSION,
        {"start": params.scope.start},
        code=code(params.steps, params.scope.subject()),
        events=params.scope.events(),
        person=params.scope.person(),
        open=params.scope.sessions_open(),
        filters=params.scope.matching(),
        relevant=relevant or names,
    )
    entered = Sql("code" if params.order == "any" else "code = 1" if codes == STEP_CODES else "code % 2")
    return compose(MOMENTS, happened=happened, codes=Sql(str(codes)), entered=entered)


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    people = padded(rows[0]["people"], len(params.steps))
    waits = padded(rows[0]["waits"], len(params.steps))
    return [
        {
            "name": step.name,
            "count": people[at],
            "conversion": percentage(people[at], people[0]),
            "conversionFromPrevious": percentage(people[at], people[max(at - 1, 0)]),
            "dropOff": people[max(at - 1, 0)] - people[at],
            "medianSeconds": waits[at] / 1000,
        }
        for at, step in enumerate(params.steps)
    ]


def padded(numbers: Sequence[Any], length: int) -> list[Any]:
    return [*numbers, *[0] * (length - len(numbers))]


def percentage(part: int, whole: int) -> float:
    return part * 100 / whole if whole else 0.0


def answer(params: Params) -> list[dict[str, Any]]:
    rows = client.query(funnel_sql(params), comment=f"{params.scope.project}:funnel", settings=BLOCK)
    return shape(rows, params)
