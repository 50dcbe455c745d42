"""The overview's numbers from days that are summed up, and from the rows of the rest of the range: the same numbers.

Sums of days are added up. Distinct persons are not: those of several days are counted from lists of who was there.
Each part of the keys is counted by itself, for no key is in two of them; a person may have keys in several.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from eventlens.clickhouse import client, people
from eventlens.clickhouse.day_sums import OF_EVENTS, OF_SESSIONS, SHARD, SUMS, columns_sql
from eventlens.clickhouse.sql import Sql, compose
from insights.asking import closed, periods
from insights.asking.closed import Split
from insights.asking.metrics import COUNTED, COUNTED_ORDER
from insights.asking.scope import Scope

SQL = """
SELECT bucket, found, $visitors AS visitors, $metrics
FROM (
    SELECT bucket, sum(found) AS found, sum(keys) AS keys, $sums
    FROM (
        SELECT
            roundDown(toUnixTimestamp64Milli(startsAt), {buckets:Array(Int64)}) AS bucket,
            count() AS found,
            sum(keys) AS keys,
            $sums
        FROM day_numbers
        WHERE $summed
        GROUP BY bucket
        UNION ALL
        SELECT
            roundDown(toUnixTimestamp64Milli(createdAt), {buckets:Array(Int64)}) AS bucket,
            0 AS found,
            $keys AS keys,
            $ofEvents
        FROM events
        WHERE $events
        GROUP BY bucket
        UNION ALL
        SELECT
            roundDown(toUnixTimestamp64Milli(startedAt), {buckets:Array(Int64)}) AS bucket,
            0 AS found,
            0 AS keys,
            $ofSessions
        FROM sessions FINAL
        WHERE $sessions
        GROUP BY bucket
    )
    GROUP BY bucket
) AS counted
$present
"""

PRESENT = """
LEFT JOIN (
    SELECT bucket, $persons AS persons
    FROM (
        SELECT bucket, $apart
        FROM (
            SELECT roundDown(toUnixTimestamp64Milli(startsAt), {buckets:Array(Int64)}) AS bucket, shard, people
            FROM day_people
            WHERE $summed
            UNION ALL
            SELECT
                roundDown(toUnixTimestamp64Milli(createdAt), {buckets:Array(Int64)}) AS bucket,
                $shard AS shard,
                groupUniqArray(personKey) AS people
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

# Few and wide rows: what ClickHouse takes for too little to share would be read by one thread.
SHARED = {"merge_tree_min_rows_for_concurrent_read": 1, "merge_tree_min_bytes_for_concurrent_read": 1}


def rows(scope: Scope, buckets: Sequence[datetime], question: str, *, by_day: bool = False) -> list[dict[str, Any]]:
    """The numbers of each bucket that holds anything, none at all where the range has to be asked raw."""
    split = closed.split(scope)
    if split is None:
        return []
    asked = summed_sql(split, buckets, by_day=by_day)
    answer = client.query(asked, comment=f"{scope.project}:{question}", settings=SHARED)
    if sum(row["found"] for row in answer) != len(split.days):
        split.give_up()
        return []
    return answer if split.still_counts() else []


def summed_sql(split: Split, buckets: Sequence[datetime], *, by_day: bool = False) -> Sql:
    """`by_day` says that no bucket is more than a day, which is summed up as a whole or not at all."""
    scope = split.scope
    is_counted = by_day and not scope.is_linked
    return compose(
        SQL,
        {"buckets": [periods.milliseconds(bucket) for bucket in buckets]},
        visitors=Sql("keys" if is_counted else "persons"),
        metrics=Sql(", ".join(f"{COUNTED[name].summed} AS {name}" for name in COUNTED_ORDER)),
        sums=SUMS,
        keys=people.UNLINKED_VISITORS if is_counted else Sql("0"),
        ofEvents=columns_sql(OF_EVENTS),
        ofSessions=columns_sql(OF_SESSIONS),
        summed=split.summed(),
        events=split.events(),
        sessions=split.sessions(),
        present=Sql("") if is_counted else present_sql(split),
    )


def present_sql(split: Split) -> Sql:
    """The distinct persons of each bucket, exactly."""
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
