"""The SQL of retention, as it runs."""

from eventlens.clickhouse.sql import Sql

# First what each device did in a period, as one row, then persons: a person is looked up for far fewer rows.
PERSONS = """
        SELECT
            $person AS someone,
            $cohorts AS cohorts,
            $returns AS returns
        FROM (
            SELECT
                personKey,
                createdAt >= {start:DateTime64(3, 'UTC')} AS inRange,
                $started AS started,
                $returned AS returned,
                $period AS period,
                $measured
            FROM events
            WHERE $events AND $filters AND (started OR returned)
            GROUP BY personKey, inRange, started, returned, period
        )
        GROUP BY someone"""

# The same where any event will do, and a day on which a key was seen says as much as all its events of that day: each
# period in the range is a bit.
PERSONS_BY_DAY = """
        SELECT
            $person AS someone,
            $cohorts AS cohorts,
            arrayMap(at -> toInt32(at), bitPositionsToArray(groupBitOr(seen))) AS returns
        FROM ($rows
        )
        GROUP BY someone"""

# The period is looked up once a list, not once a key.
KEYS_BY_DAY = """
            SELECT personKey, first, seen
            FROM (
                SELECT
                    people,
                    startsAt AS first,
                    if(first >= {begins:DateTime64(3, 'UTC')}, bitShiftLeft(toUInt64(1), $periodOfDay), 0) AS seen
                FROM day_people
                WHERE $summed
            )
            ARRAY JOIN people AS personKey
            UNION ALL
            SELECT
                personKey,
                min(createdAt) AS first,
                groupBitOr(
                    if(createdAt >= {begins:DateTime64(3, 'UTC')}, bitShiftLeft(toUInt64(1), $periodOfEvent), 0)
                ) AS seen
            FROM events
            WHERE $events
            GROUP BY personKey"""

# Fewer keys to look the persons of up for.
KEYS_ONCE = """
            SELECT personKey, min(first) AS first, groupBitOr(seen) AS seen
            FROM ($rows
            )
            GROUP BY personKey"""

ONCE_BY_DAY = "if(min(first) >= {begins:DateTime64(3, 'UTC')}, [$period], [])"
EVERY_BY_DAY = Sql("returns")

CELLS = """
SELECT cohort, arrayJoin($distances) AS distance, count() AS people
FROM (
    SELECT arrayJoin(cohorts) AS cohort, returns
    FROM ($persons
    )
)
GROUP BY cohort, distance
"""

# The values with the largest cohorts have a rank of their own, all others share the last one.
CELLS_BY_VALUE = """
SELECT
    least(place, {top:UInt64} + 1) AS rank,
    if(place <= {top:UInt64}, value, '') AS shown,
    cohort,
    distance,
    sum(counted) AS people
FROM (
    SELECT *, dense_rank() OVER (ORDER BY size DESC, value) AS place
    FROM (
        SELECT *, sum($members) OVER (PARTITION BY value) AS size
        FROM (
            SELECT entered.2 AS value, entered.1 AS cohort, arrayJoin($distances) AS distance, count() AS counted
            FROM (
                SELECT arrayJoin(cohorts) AS entered, returns
                FROM ($persons
                )
            )
            GROUP BY value, cohort, distance
        )
    )
)
GROUP BY rank, shown, cohort, distance
"""

# The values that have a rank of their own.
LARGEST = """
SELECT value
FROM (
    SELECT arrayJoin(cohorts).2 AS value
    FROM ($persons
    )
)
GROUP BY value
ORDER BY count() DESC, value
LIMIT {top:UInt64}
"""

# Those of one cell, who came back in the most periods first.
PEOPLE = """
SELECT someone, arraySort($distances) AS distances
FROM (
    SELECT someone, returns, {cohort:Int32} AS cohort
    FROM ($persons
    )
    WHERE $entered
)
WHERE $retained
ORDER BY length(distances) DESC, someone
$page
"""

FIRST = "min(createdAt) AS first"
# The earliest value as one text that sorts by time, which always has 15 digits, and then by value: to compare tuples
# instead takes many times as long.
FIRST_WITH_VALUE = """min(createdAt) AS first,
                min(concat(toString(100000000000000 + toUnixTimestamp64Milli(createdAt)), $value)) AS valued"""
TIMES = """,
                count() AS times"""

ONCE = Sql("if(countIf(started) > 0 AND argMinIf(inRange, first, started), [argMinIf(period, first, started)], [])")
ONCE_WITH_VALUE = Sql(
    "if(countIf(started) > 0 AND argMinIf(inRange, first, started),"
    " [(argMinIf(period, first, started), substring(minIf(valued, started), 16))], [])"
)
EVERY = Sql("groupUniqArrayIf(period, started)")
STARTS = "arraySort(groupArrayIf((period, valued), started))"
# Of each period the earliest.
EVERY_WITH_VALUE = Sql(
    "arrayMap(one -> (one.1, substring(one.2, 16)), arrayFilter((one, before) -> one.1 != before,"
    f" {STARTS}, arrayPopBack(arrayPushFront(arrayMap(one -> one.1, {STARTS}), toInt32(-1)))))"
)

RETURNED_ONCE = Sql("groupUniqArrayIf(period, returned AND inRange)")
# A period once for every return in it: one that fills so many places in a row has as many. Sums by period in a map
# take ten times as long.
HAPPENED = """arraySort(groupArrayArrayIf(
                arrayWithConstant(least(times, {minimum:UInt64}), period), returned AND inRange
            ))"""
RETURNED_OFTEN = f"""arrayDistinct(arrayFilter(
                (at, later) -> at = later,
                {HAPPENED},
                arrayShiftLeft({HAPPENED}, {{minimum:UInt64}} - 1, toInt32(-1))
            ))"""

# Each period of a return; 0 stands for the cohort itself.
DISTANCES = Sql("arrayConcat([0], arrayMap(at -> at - cohort, arrayFilter(at -> at > cohort, returns)))")
# Only the last return: `shape` knows that it stands for all before it.
LAST_DISTANCE = Sql("[greatest(arrayMax(returns) - cohort, 0)]")
