"""The overview's numbers from days that are summed up, and from the rows of the rest of the range: the same numbers.

Sums of days are added up. Distinct persons are not: those of several days are counted from bitmaps of who was there
(insights.web.present). Of a day alone it is known how many keys there were.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from eventlens.clickhouse import client, people
from eventlens.clickhouse.day_sums import OF_EVENTS, OF_SESSIONS, SUMS, columns_sql
from eventlens.clickhouse.sql import Sql, compose
from insights.asking import closed, periods
from insights.asking.closed import Split
from insights.asking.metrics import COUNTED, COUNTED_ORDER
from insights.asking.scope import Scope
from insights.web import listed, present
from insights.web.present import Mixed

OF_OPEN = "roundDown(toUnixTimestamp64Milli(createdAt), {buckets:Array(Int64)}) IN {open:Array(Int64)}"

SQL = """
SELECT bucket, found, $visitors AS visitors, $metrics, $right AS isExact
FROM (
    SELECT bucket, sum(found) AS found, sum(keys) AS keys, sum(open) AS open, $sums
    FROM (
        SELECT
            roundDown(toUnixTimestamp64Milli(startsAt), {buckets:Array(Int64)}) AS bucket,
            count() AS found,
            sum(keys) AS keys,
            0 AS open,
            $sums
        FROM day_numbers
        WHERE $summed
        GROUP BY bucket
        UNION ALL
        SELECT
            roundDown(toUnixTimestamp64Milli(createdAt), {buckets:Array(Int64)}) AS bucket,
            0 AS found,
            0 AS keys,
            $open AS open,
            $ofEvents
        FROM events
        WHERE $events
        GROUP BY bucket
        UNION ALL
        SELECT
            roundDown(toUnixTimestamp64Milli(startedAt), {buckets:Array(Int64)}) AS bucket,
            0 AS found,
            0 AS keys,
            0 AS open,
            $ofSessions
        FROM sessions FINAL
        WHERE $sessions
        GROUP BY bucket
    )
    GROUP BY bucket
) AS counted
$present
"""

# Few and wide rows: what ClickHouse takes for too little to share would be read by one thread. All that is joined is
# found, so that it would look twice if it were to filter before.
SHARED = {
    "merge_tree_min_rows_for_concurrent_read": 1,
    "merge_tree_min_bytes_for_concurrent_read": 1,
    "enable_join_runtime_filters": 0,
}


def rows(scope: Scope, buckets: Sequence[datetime], question: str, *, by_day: bool = False) -> list[dict[str, Any]]:
    """The numbers of each bucket that holds anything, none at all where the range has to be asked raw."""
    split = closed.split(scope)
    if split is None:
        return []
    asked = summed_sql(split, buckets, by_day=by_day, by_lists=listed.is_better(split))
    answer = client.query(asked, comment=f"{scope.project}:{question}", settings=SHARED)
    if not split.still_counts():
        return []
    if sum(row["found"] for row in answer) != len(split.days) or not all(row["isExact"] for row in answer):
        split.give_up()
        return []
    return answer


def summed_sql(split: Split, buckets: Sequence[datetime], *, by_day: bool = False, by_lists: bool = False) -> Sql:
    """`by_day` says that no bucket is more than a day, which is summed up as a whole or not at all."""
    return compose(
        SQL,
        {"buckets": [periods.milliseconds(bucket) for bucket in buckets]},
        metrics=Sql(", ".join(f"{COUNTED[name].summed} AS {name}" for name in COUNTED_ORDER)),
        sums=SUMS,
        ofEvents=columns_sql(OF_EVENTS),
        ofSessions=columns_sql(OF_SESSIONS),
        summed=split.summed(),
        events=split.events(),
        sessions=split.sessions(),
        **persons(split, buckets, by_day, by_lists),
    )


def persons(split: Split, buckets: Sequence[datetime], by_day: bool, by_lists: bool) -> dict[str, Sql]:
    """How persons are counted: `open` are those of buckets of which nothing is summed up, where they stand apart."""
    scope = split.scope
    if by_day and not scope.is_linked:
        return {
            "visitors": Sql("keys + open"),
            "open": people.UNLINKED_VISITORS,
            "present": Sql(""),
            "right": Sql("1"),
        }
    mixed, open_ = present.parts(split, buckets)
    if by_lists or (scope.is_linked and (mixed or not by_day)):
        return {
            "visitors": Sql("persons"),
            "open": Sql("0"),
            "present": listed.present_sql(split),
            "right": Sql("kept = keys"),
        }
    return {
        "visitors": Sql("persons + open"),
        "open": open_sql(scope, mixed, open_),
        "present": present.linked_days_sql(split) if scope.is_linked else present.present_sql(split, mixed),
        "right": Sql("isRight AND kept = keys"),
    }


def open_sql(scope: Scope, mixed: Sequence[Mixed], open_: Sequence[int]) -> Sql:
    """The persons of buckets that have no day that is summed up."""
    if not open_:
        return Sql("toUInt64(0)")
    if not mixed:
        return scope.visitors()
    return scope.visitors_if(Sql(OF_OPEN, {"open": list(open_)}))
