"""A funnel's events: each person's, session's or group's as one sorted array of moments, and what else is kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking.dimensions import dimension_sql
from insights.asking.fields import GROUPS_OF_TYPE, Subject
from insights.asking.held import in_range
from insights.funnels.reading import OF_GROUP, SESSION, Params
from insights.funnels.steps import (
    MASK_CODES,
    STEP_CODES,
    Step,
    are_distinct,
    excluded_sql,
    mask_sql,
    number_sql,
)

TIME = Sql("toUInt64(dateDiff('millisecond', {start:DateTime64(3, 'UTC')}, createdAt) + 1) AS time")

MOMENTS = """
    SELECT
        entity,$kept
        arraySort($moments) AS moments
    FROM ($happened
    )
    GROUP BY entity
    HAVING max($entered) > 0"""

# Who never did what the second step is takes the first one at best, and that when it came first.
UP_TO_FIRST = "if(max(code = 2) > 0, $moments, [minIf($moment, code = 1)])"

BY_PERSON = """
        SELECT
            $person AS entity,
            $columns
        FROM events
        WHERE $events AND $filters AND $relevant"""

BY_SESSION = """
        SELECT (happened.lane, visit.startedAt) AS entity, happened.time AS time,$passed happened.code AS code
        FROM $held"""

# An event is of the groups that it names; one that names none of the type, of those that its person is in.
BY_GROUP = """
        SELECT
            arrayJoin(if(empty(happened.named), members.joined, happened.named)) AS entity,
            happened.time AS time,$passed
            happened.code AS code
        FROM (
            SELECT
                arrayDistinct(arrayFilter(one -> one IN ($ofType), events.groups)) AS named,
                $person AS member,
                $columns
            FROM events
            WHERE $events AND $filters AND $relevant
        ) AS happened
        LEFT JOIN (
            SELECT $person AS member, groupUniqArray(groupId) AS joined
            FROM group_members
            WHERE projectId = {project:String} AND groupId IN ($ofType)
            GROUP BY member
        ) AS members
        ON happened.member = members.member"""


@dataclass(frozen=True)
class Extra:
    """A column of events that is wanted beside time and code, and what an entity keeps of it, by name."""

    name: str
    of_event: Sql
    kept: Mapping[str, str]


# Of several events of one moment that serve a step, the smallest value is taken.
VALUES = {"valued": "arraySort(groupArrayIf((time, value, code), code > 0))"}
OWNER = {"who": "any(owner)", "isProfile": "any(ownId).1", "own": "any(ownId).2"}


def extras(params: Params, *, owner: bool = False) -> list[Extra]:
    subject = params.scope.subject()
    found = []
    if params.exclude:
        kept = {f"excluded{at}": f"arraySort(groupArrayIf(time, bitTest(excluded, {at})))" for at in numbers(params)}
        found.append(Extra("excluded", excluded_sql(params.exclude, subject), kept))
    if params.breakdown:
        value = dimension_sql(params.breakdown.dimension, subject, "breakdown")
        found.append(Extra("value", value, VALUES))
    if owner:
        own = Sql("(events.profileId != '', if(events.profileId = '', events.deviceId, events.profileId))")
        found += [Extra("owner", subject.person, {}), Extra("ownId", own, OWNER)]
    return found


def numbers(params: Params) -> range:
    return range(len(params.exclude))


Codes = Callable[[Sequence[Step], Subject], Sql]


def codes_of(params: Params) -> tuple[Codes, int]:
    """How an event says which steps it can serve, and in how many codes."""
    if params.order == "ordered" and are_distinct(params.steps):
        return number_sql, STEP_CODES
    return mask_sql, MASK_CODES


def moments_sql(params: Params, kept: Sequence[Extra], *, is_best_enough: bool = False) -> Sql:
    """Each entity's moments: those of events that serve a step; for a strict order, of all events.

    Where the best of the attempts is all that is asked for, moments that cannot be part of it may be left out.
    """
    _, codes = codes_of(params)
    entered = "code" if params.order == "any" else "code = 1" if codes == STEP_CODES else "code % 2"
    moment = f"time * {codes} + code"
    only_steps = params.exclude and params.order != "strict"
    moments = Sql(f"groupArrayIf({moment}, code > 0)" if only_steps else f"groupArray({moment})")
    if is_best_enough and codes == STEP_CODES:
        moments = compose(UP_TO_FIRST, moments=moments, moment=Sql(moment))
    return compose(
        MOMENTS,
        happened=happened_sql(params, kept),
        kept=Sql("".join(f"\n        {sql} AS {name}," for one in kept for name, sql in one.kept.items())),
        moments=moments,
        entered=Sql(entered),
    )


def happened_sql(params: Params, kept: Sequence[Extra]) -> Sql:
    scope, relevant = params.scope, relevant_sql(params)
    code, _ = codes_of(params)
    columns = [TIME, *(compose(f"$column AS {one.name}", column=one.of_event) for one in kept)]
    columns.append(compose("$code AS code", code=code(params.steps, scope.subject())))
    known = {"start": scope.start, "project": scope.project}
    passed = Sql("".join(f" happened.{one.name} AS {one.name}," for one in kept))
    if params.by == SESSION:
        return compose(BY_SESSION, known, held=in_range(scope, relevant, columns), passed=passed)
    of_type = compose(GROUPS_OF_TYPE, type=Sql("{groupType:String}", {"groupType": params.by[len(OF_GROUP) :]}))
    return compose(
        BY_GROUP if params.by.startswith(OF_GROUP) else BY_PERSON,
        known,
        columns=join(columns, ",\n            "),
        person=scope.person(),
        ofType=of_type,
        passed=passed,
        events=scope.events(),
        filters=scope.matching(),
        relevant=relevant,
    )


def relevant_sql(params: Params) -> Sql:
    if params.order == "strict":
        return Sql("1")
    names = Sql(
        "name IN {names:Array(String)}",
        {"names": sorted({step.name for step in params.steps} | {one.name for one in params.exclude})},
    )
    if params.exclude:
        return compose("$names AND (code > 0 OR excluded > 0)", names=names)
    # By its name alone each of them serves a step.
    return compose("$names AND code > 0", names=names) if any(step.filters for step in params.steps) else names


def kept_sql(kept: Sequence[Extra]) -> Sql:
    """The kept columns as a list for the SELECTs around."""
    return Sql("".join(f"\n    {name}," for one in kept for name in one.kept))
