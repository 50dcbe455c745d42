"""How many persons there were in buckets of days that are summed up, exactly: who it was stands in bitmaps.

A bucket of which a part is open has keys that were seen in that part: those that have a number are put to the
bitmap, those that have none are in no bitmap. What is read is checked by the same statement: numbers that are one
key's each, all numbers of the bitmaps among them, and as many in a bucket's bitmaps as its days have keys.

Where keys are linked, the numbers of keys that may have to do with others are left out, and their persons counted.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from eventlens.clickhouse import people
from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking import periods
from insights.asking.closed import Gaps, Split

# How many numbers there are, and which; which of them may be of keys that have to do with others; and, for each
# bucket of which a part is open, which of them are of keys that were seen in that part. ClickHouse works it out again
# for each part of a statement that names it.
GIVEN = """$seen (
        SELECT (count(), groupBitmapState(number)$near$open)
        FROM person_numbers
        WHERE projectId = {project:String}
    ) AS given"""
SEEN = "(SELECT groupUniqArray(personKey) FROM events WHERE $events) AS $seen, "
APART = "(SELECT (alone, joined) FROM (SELECT $keys)) AS $apart, "
OPEN = ", groupBitmapStateIf(number, key IN (SELECT arrayJoin($seen)))"
NEAR = ", groupBitmapStateIf(number, $isNear)"

ALONE = """
LEFT JOIN (
    WITH $given
    SELECT bucket, kept, $isRight AS isRight, $persons AS persons
    FROM ($united
    )
) AS present
USING (bucket)
"""
IS_RIGHT = "given.1 = bitmapCardinality(given.2) AND bitmapAndnotCardinality(numbers, given.2) = 0"

UNITED = """
        SELECT bucket, sum(bitmapCardinality(days.numbers)) AS kept, groupBitmapMergeState(days.numbers) AS numbers
        FROM ($days
        ) AS days
        GROUP BY bucket"""

# A bucket in whose days nobody was has a row as well, for what is open of it.
DAYS = """
            SELECT roundDown(toUnixTimestamp64Milli(startsAt), {buckets:Array(Int64)}) AS bucket, numbers
            FROM day_people
            WHERE $summed
            UNION ALL
            SELECT arrayJoin({buckets:Array(Int64)}) AS bucket, bitmapBuild(emptyArrayUInt32()) AS numbers"""

# Days are read by all threads as they are, for they need not be united.
BY_DAY = """
LEFT JOIN (
    SELECT bucket, sum(kept) AS kept, min(isRight) AS isRight, toUInt64(sum(alone)) + sum(joined) AS persons
    FROM (
        WITH $given
        SELECT bucket, bitmapCardinality(numbers) AS kept, $isRight AS isRight, toInt64(kept) AS alone, 0 AS joined
        FROM ($days
        )
        UNION ALL
        SELECT bucket, 0 AS kept, 1 AS isRight, -count() AS alone, uniqExact(person) AS joined
        FROM (
            WITH (
                SELECT groupBitmapState(number) FROM person_numbers WHERE projectId = {project:String} AND $isNear
            ) AS near
            SELECT bucket, arrayJoin(bitmapToArray(bitmapAnd(numbers, near))) AS number
            FROM ($days
            )
        ) AS listed
        INNER JOIN ($others
        ) AS others
        USING (number)
        GROUP BY bucket
    )
    GROUP BY bucket
) AS present
USING (bucket)
"""

OTHERS = """
            SELECT number, $person AS person
            FROM (SELECT number, key FROM person_numbers WHERE projectId = {project:String} AND $isNear)"""

# A list has the numbers whose persons are looked up, and then persons; what is known of its bitmap is counted once.
JOINED = """
LEFT JOIN (
    SELECT
        bucket,
        sum(if(place > 1, 0, kept)) AS kept,
        min(isRight) AS isRight,
        toUInt64(sum(if(place > 1, 0, alone)) - countIf(isNear AND place <= length))
            + uniqExactIf(if(place <= length, person, one), isNear OR place > length) AS persons
    FROM (
        SELECT bucket, kept, isRight, alone, length, one, place
        FROM (
            WITH $given
            SELECT
                bucket,
                kept,
                $isRight AS isRight,
                $present AS present,
                toInt64(bitmapCardinality(present)) + $alone AS alone,
                bitmapToArray(bitmapAnd(present, given.3)) AS near,
                length(near) AS length,
                arrayConcat(arrayMap(number -> toUInt64(number), near), $persons) AS list
            FROM ($united
            )
        )
        LEFT ARRAY JOIN list AS one, arrayEnumerate(list) AS place
    ) AS listed
    LEFT JOIN (
        SELECT toUInt64(number) AS one, person, 1 AS isNear
        FROM ($others
        )
    ) AS others
    USING (one)
    GROUP BY bucket
) AS present
USING (bucket)
"""


@dataclass(frozen=True)
class Mixed:
    """A bucket that has days that are summed up, and the spans of the rest of it."""

    bucket: int
    gaps: Gaps


def parts(split: Split, buckets: Sequence[datetime]) -> tuple[list[Mixed], list[int]]:
    """Buckets of which a part is open: those with a day that is summed up as well, and the others."""
    starts = [periods.milliseconds(bucket) for bucket in buckets]
    with_days = {max(0, bisect_right(starts, day.start) - 1) for day in split.days}
    ends = [*buckets[1:], split.scope.end]
    mixed, open_ = [], []
    for at, (start, end) in enumerate(zip([split.scope.start, *buckets[1:]], ends, strict=True)):
        gaps = tuple((max(low, start), min(high, end)) for low, high in split.gaps if low < end and high > start)
        if gaps and at in with_days:
            mixed.append(Mixed(starts[at], gaps))
        elif gaps:
            open_.append(starts[at])
    return mixed, open_


def given_sql(split: Split, mixed: Sequence[Mixed]) -> Sql:
    """What is read first, once."""
    scope = split.scope
    seen = []
    for at, one in enumerate(mixed):
        events = scope.parts("createdAt", one.gaps, f"OfBucket{at}At")
        seen.append(compose(SEEN, events=events, seen=Sql(f"seen{at}")))
        if scope.is_linked:
            keys = people.apart_sql(scope.project, Sql(f"seen{at}"))
            seen.append(compose(APART, keys=keys, apart=Sql(f"apart{at}")))
    return compose(
        GIVEN,
        {"project": scope.project},
        seen=join(seen, ""),
        near=compose(NEAR, isNear=people.near_sql(scope.project, "key")) if scope.is_linked else Sql(""),
        open=join([compose(OPEN, seen=Sql(f"seen{at}")) for at in range(len(mixed))], ""),
    )


def present_sql(split: Split, mixed: Sequence[Mixed], *, by_day: bool) -> Sql:
    """Persons of each bucket with days that are summed up."""
    scope, days = split.scope, compose(DAYS, summed=split.summed())
    slots = {"given": given_sql(split, mixed), "isRight": Sql(IS_RIGHT)}
    united = compose(UNITED, days=days)
    if not scope.is_linked:
        both = "toUInt64(bitmapOrCardinality(numbers, $of) + length(seen$at) - bitmapCardinality($of))"
        return compose(ALONE, **slots, united=united, persons=chosen(mixed, both, "bitmapCardinality(numbers)", 3))
    slots["isNear"] = people.near_sql(scope.project, "key")
    slots["others"] = compose(OTHERS, isNear=slots["isNear"], person=people.person_sql(scope.project, "key"))
    if by_day:
        return compose(BY_DAY, {"project": scope.project}, **slots, days=days)
    return compose(
        JOINED,
        {"project": scope.project},
        **slots,
        united=united,
        present=chosen(mixed, "bitmapOr(numbers, $of)", "numbers", 4),
        alone=chosen(mixed, "toInt64(apart$at.1) - bitmapAndnotCardinality($of, given.3)", "toInt64(0)", 4),
        persons=chosen(mixed, "apart$at.2", "emptyArrayUInt64()", 4),
    )


def chosen(mixed: Sequence[Mixed], expression: str, otherwise: str, place: int) -> Sql:
    """For each of these buckets the expression of its own keys; their numbers stand in `given` from `place` on."""
    if not mixed:
        return Sql(otherwise)
    cases = [
        compose(
            f"bucket = $bucket, {expression}",
            bucket=Sql(str(one.bucket)),
            at=Sql(str(at)),
            of=Sql(f"given.{place + at}"),
        )
        for at, one in enumerate(mixed)
    ]
    return compose(f"multiIf($cases, {otherwise})", cases=join(cases, ", "))
