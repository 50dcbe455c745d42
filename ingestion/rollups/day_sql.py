"""The SQL of summing up days, as it runs; ingestion/rollups/days.py says when and why.

Days are named by their beginnings in milliseconds, which are in the order of time and follow each other.
"""

from collections.abc import Sequence

from eventlens.clickhouse.day_sums import OF_EVENTS, OF_SESSIONS, SHARD, SUMS, columns_sql
from eventlens.clickhouse.sql import Sql, compose

# A key without a number would be 0 in a bitmap, which is nobody's number.
PEOPLE = """
    INSERT INTO day_people (projectId, shard, startsAt, generation, people, numbers, highest)
    SELECT
        {project:String},
        $shard AS shard,
        fromUnixTimestamp64Milli(start, 'UTC'),
        transform(start, {starts:Array(Int64)}, {generations:Array(UInt64)}, toUInt64(0)),
        groupUniqArray(personKey),
        groupBitmapStateIf(number, number != 0),
        max(number)
    FROM
    (
        SELECT start, personKey, number
        FROM (SELECT key, number FROM person_numbers WHERE projectId = {project:String}) AS numbered
        RIGHT JOIN
        (
            SELECT DISTINCT roundDown(toUnixTimestamp64Milli(createdAt), {starts:Array(Int64)}) AS start, personKey
            FROM events
            WHERE projectId = {project:String}
              AND createdAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
              AND createdAt < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
        ) AS seen
        ON numbered.key = seen.personKey
    )
    GROUP BY start, shard
"""

# A day without anything has a row as well: that it is there says that the day was summed up.
NUMBERS = """
    INSERT INTO day_numbers
    (
        projectId, startsAt, generation, keys,
        events, screenViews, revenue, sessions, sessionMs, bounces, sessionViews
    )
    SELECT
        {project:String},
        fromUnixTimestamp64Milli(start, 'UTC'),
        transform(start, {starts:Array(Int64)}, {generations:Array(UInt64)}, toUInt64(0)),
        sum(keys),
        $sums
    FROM
    (
        SELECT arrayJoin({starts:Array(Int64)}) AS start, 0 AS keys, $nothing
        UNION ALL
        SELECT toUnixTimestamp64Milli(startsAt) AS start, sum(length(people)) AS keys, $nothing
        FROM day_people
        WHERE projectId = {project:String}
          AND startsAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
          AND startsAt < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
          AND generation IN {generations:Array(UInt64)}
        GROUP BY start
        UNION ALL
        SELECT
            roundDown(toUnixTimestamp64Milli(createdAt), {starts:Array(Int64)}) AS start,
            0 AS keys,
            $ofEvents
        FROM events
        WHERE projectId = {project:String}
          AND createdAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
          AND createdAt < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
        GROUP BY start
        UNION ALL
        SELECT
            roundDown(toUnixTimestamp64Milli(startedAt), {starts:Array(Int64)}) AS start,
            0 AS keys,
            $ofSessions
        FROM sessions FINAL
        WHERE projectId = {project:String}
          AND startedAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
          AND startedAt < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
        GROUP BY start
    )
    GROUP BY start
"""

FIRST = """
    SELECT toUnixTimestamp64Milli(createdAt) AS at
    FROM events
    WHERE projectId = {project:String} AND createdAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
    ORDER BY toDate(createdAt)
    LIMIT 1
"""

# A generation begins with its time; those that are younger may be at work still.
UNUSED = """
    projectId = {project:String} AND generation < {before:UInt64} AND generation NOT IN {summed:Array(UInt64)}
"""
ANY_UNUSED = "SELECT 1 AS found FROM $table WHERE $unused LIMIT 1"
DELETE_UNUSED = "DELETE FROM $table WHERE $unused"
# The numbers first: while they are there, so are the people.
TABLES = ("day_numbers", "day_people")


def people_sql(params: dict[str, object]) -> Sql:
    return compose(PEOPLE, params, shard=SHARD)


def numbers_sql(params: dict[str, object]) -> Sql:
    return compose(
        NUMBERS,
        params,
        sums=SUMS,
        nothing=columns_sql({}),
        ofEvents=columns_sql(OF_EVENTS),
        ofSessions=columns_sql(OF_SESSIONS),
    )


def parameters(project_id: str, starts: Sequence[int], end: int, generations: Sequence[int]) -> dict[str, object]:
    return {
        "project": project_id,
        "starts": list(starts),
        "from": starts[0],
        "until": end,
        "generations": list(generations),
    }
