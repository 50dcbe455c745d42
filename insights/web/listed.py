"""How many persons there were in buckets of days that are summed up, from the lists of keys: for ranges of few keys.

Each part of the keys is counted by itself, for no key is in two of them; a person may have keys in several.
"""

from functools import lru_cache

from eventlens.clickhouse import client, people
from eventlens.clickhouse.day_sums import SHARD
from eventlens.clickhouse.sql import Sql, compose
from insights.asking.closed import Split

PRESENT = """
LEFT JOIN (
    SELECT bucket, $persons AS persons, sum(kept) AS kept
    FROM (
        SELECT bucket, sum(kept) AS kept, $apart
        FROM (
            SELECT
                roundDown(toUnixTimestamp64Milli(startsAt), {buckets:Array(Int64)}) AS bucket,
                shard,
                people,
                length(people) AS kept
            FROM day_people
            WHERE $summed
            UNION ALL
            SELECT
                roundDown(toUnixTimestamp64Milli(createdAt), {buckets:Array(Int64)}) AS bucket,
                $shard AS shard,
                groupUniqArray(personKey) AS people,
                0 AS kept
            FROM events
            WHERE $events
            GROUP BY bucket, shard
        )
        GROUP BY bucket, shard
    )
    GROUP BY bucket
) AS present
USING (bucket)
"""

# To find the numbers of a few keys, all numbers of the project are read.
FEW = """
SELECT sum(keys) < (SELECT count() FROM person_numbers WHERE projectId = {project:String}) AS few
FROM day_numbers
WHERE projectId = {project:String} AND generation IN {generations:Array(UInt64)}
"""


def is_better(split: Split) -> bool:
    """Whether the days have fewer keys than the project has numbers."""
    return has_few(split.scope.project, tuple(day.mark for day in split.days))


@lru_cache(maxsize=1_000)
def has_few(project_id: str, generations: tuple[int, ...]) -> bool:
    params = {"project": project_id, "generations": list(generations)}
    [row] = client.query(Sql(FEW, params), comment=f"{project_id}:days")
    return bool(row["few"])


def present_sql(split: Split) -> Sql:
    """The distinct persons of each bucket, of what is open as well."""
    scope = split.scope
    if scope.is_linked:
        apart = people.apart_sql(scope.project, Sql("groupUniqArrayArray(people)"))
        persons = Sql("sum(alone) + uniqExactArray(joined)")
    else:
        apart, persons = Sql("uniqExactArray(people) AS alone"), Sql("sum(alone)")
    return compose(
        PRESENT,
        persons=persons,
        apart=apart,
        shard=SHARD,
        summed=split.summed(),
        events=split.events(),
    )
