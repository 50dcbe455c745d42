"""The SQL of numbering keys, as it runs; ingestion/rollups/numbers.py says when and why."""

from collections.abc import Mapping

from eventlens.clickhouse.day_sums import NUMBER_BITS, NUMBER_SHARD, SHARD
from eventlens.clickhouse.sql import Sql, compose

# The keys of these days are fewer than those that have numbers: only they are held in memory.
ASSIGN = """
    INSERT INTO person_numbers (projectId, key, number)
    SELECT {project:String}, key, toUInt32(greatest(highest, bitShiftLeft(toUInt64(shard), $bits)) + place)
    FROM
    (
        SELECT $shard AS shard, groupArray(personKey) AS keys
        FROM
        (
            SELECT personKey
            FROM (SELECT key FROM person_numbers WHERE projectId = {project:String}) AS numbered
            RIGHT ANTI JOIN
            (
                SELECT DISTINCT personKey
                FROM events
                WHERE projectId = {project:String}
                  AND createdAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
                  AND createdAt < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
            ) AS seen
            ON numbered.key = seen.personKey
        )
        GROUP BY shard
    ) AS new
    LEFT JOIN
    (
        SELECT shard, max(highest) AS highest
        FROM
        (
            SELECT $numberShard AS shard, toUInt64(max(number)) AS highest
            FROM person_numbers
            WHERE projectId = {project:String}
            GROUP BY shard
            UNION ALL
            SELECT shard, toUInt64(max(highest)) AS highest
            FROM day_people
            WHERE projectId = {project:String}
            GROUP BY shard
        )
        GROUP BY shard
    ) AS given
    USING (shard)
    ARRAY JOIN keys AS key, arrayEnumerate(keys) AS place
    WHERE now64(3) < fromUnixTimestamp64Milli({beginsBefore:Int64}, 'UTC')
      AND throwIf(
          bitShiftRight(greatest(highest, bitShiftLeft(toUInt64(shard), $bits)) + place, $bits) != shard,
          'There are no numbers left.'
      ) = 0
"""

NOW = Sql("SELECT toUnixTimestamp64Milli(now64(3)) AS at")

# Of the rows that were just written: lists that are not of the same length as their bitmaps, numbers that are
# nobody's, and keys that have several. Of all numbers of the project: whether one is several keys'.
WRONG = """
    WITH (
        SELECT (groupBitmapMergeState(numbers), countIf(bitmapCardinality(numbers) != length(people)))
        FROM day_people
        WHERE projectId = {project:String}
          AND startsAt >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
          AND startsAt < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
          AND generation IN {generations:Array(UInt64)}
    ) AS written
    SELECT
        written.2 AS incomplete,
        toInt64(bitmapCardinality(written.1)) - countIf(bitmapContains(written.1, number)) AS lost,
        countIf(bitmapContains(written.1, number)) != uniqExactIf(key, bitmapContains(written.1, number)) AS isTwice,
        count() != groupBitmap(number) AS isShared
    FROM person_numbers
    WHERE projectId = {project:String}
"""
OF_ROWS = ("project", "from", "until", "generations")

UNUSED = """
    projectId = {project:String}
    AND NOT bitmapContains
    (
        (SELECT groupBitmapMergeState(numbers) FROM day_people WHERE projectId = {project:String}),
        number
    )
"""
ANY_UNUSED = "SELECT 1 AS found FROM person_numbers WHERE $unused LIMIT 1"
DELETE_UNUSED = "DELETE FROM person_numbers WHERE $unused"
DELETE_ALL = "DELETE FROM $table WHERE projectId = {project:String}"


def assign_sql(params: Mapping[str, object]) -> Sql:
    used = {name: params[name] for name in ("project", "from", "until", "beginsBefore")}
    return compose(ASSIGN, used, shard=SHARD, numberShard=NUMBER_SHARD, bits=Sql(str(NUMBER_BITS)))


def any_unused_sql(project_id: str) -> Sql:
    return compose(ANY_UNUSED, unused=Sql(UNUSED, {"project": project_id}))


def delete_unused_sql(project_id: str) -> Sql:
    return compose(DELETE_UNUSED, unused=Sql(UNUSED, {"project": project_id}))
