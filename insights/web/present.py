"""How many persons there were in buckets of days that are summed up, exactly: who it was stands in bitmaps.

A bucket of which a part is open has keys that were seen in that part: those that have a number are put to the
bitmap, those that have none are in no bitmap. What is read is checked by the same statement: numbers that are one
key's each, all numbers of the bitmaps among them, and as many in a bucket's bitmaps as its days have keys.

Where keys are linked, the numbers of keys that may have to do with others are left out, and their persons counted;
for days alone, because for longer buckets lists of keys take no longer (insights.web.listed).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from eventlens.clickhouse import people
from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking import periods
from insights.asking.closed import Gaps, Split

# How many numbers there are, and which; and, for each bucket of which a part is open, which of them are of keys that
# were seen in that part. ClickHouse works it out again for each part of a statement that names it.
GIVEN = """$seen (
        SELECT (count(), groupBitmapState(number)$open)
        FROM person_numbers
        WHERE projectId = {project:String}
    ) AS given"""
SEEN = "(SELECT groupUniqArray(personKey) FROM events WHERE $events) AS $seen, "
OPEN = ", groupBitmapStateIf(number, key IN (SELECT arrayJoin($seen)))"
BOTH = "toUInt64(bitmapOrCardinality(numbers, $of) + length(seen$at) - bitmapCardinality($of))"

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
        INNER JOIN (
            SELECT number, $person AS person
            FROM (SELECT number, key FROM person_numbers WHERE projectId = {project:String} AND $isNear)
        ) AS others
        USING (number)
        GROUP BY bucket
    )
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
    seen, open_ = [], []
    for at, one in enumerate(mixed):
        events = split.scope.parts("createdAt", one.gaps, f"OfBucket{at}At")
        seen.append(compose(SEEN, events=events, seen=Sql(f"seen{at}")))
        open_.append(compose(OPEN, seen=Sql(f"seen{at}")))
    return compose(GIVEN, {"project": split.scope.project}, seen=join(seen, ""), open=join(open_, ""))


def present_sql(split: Split, mixed: Sequence[Mixed]) -> Sql:
    """Keys of each bucket with days that are summed up."""
    return compose(
        ALONE,
        given=given_sql(split, mixed),
        isRight=Sql(IS_RIGHT),
        persons=chosen(mixed),
        united=compose(UNITED, days=compose(DAYS, summed=split.summed())),
    )


def linked_days_sql(split: Split) -> Sql:
    """Persons of each day that is summed up."""
    project_id = split.scope.project
    return compose(
        BY_DAY,
        {"project": project_id},
        given=given_sql(split, []),
        isRight=Sql(IS_RIGHT),
        days=compose(DAYS, summed=split.summed()),
        person=people.person_sql(project_id, "key"),
        isNear=people.near_sql(project_id, "key"),
    )


def chosen(mixed: Sequence[Mixed]) -> Sql:
    """How many keys a bucket has; what was seen in its open part stands in `given` from the third place on."""
    if not mixed:
        return Sql("bitmapCardinality(numbers)")
    cases = [
        compose(
            f"bucket = $bucket, {BOTH}",
            bucket=Sql(str(one.bucket)),
            at=Sql(str(at)),
            of=Sql(f"given.{3 + at}"),
        )
        for at, one in enumerate(mixed)
    ]
    return compose("multiIf($cases, bitmapCardinality(numbers))", cases=join(cases, ", "))
