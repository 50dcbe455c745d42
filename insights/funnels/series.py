"""A funnel over time: of those who entered in each bucket, how many took each step."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking import periods
from insights.asking.buckets import label
from insights.asking.vocabulary import INTERVALS
from insights.funnels.attempts import attempts_sql
from insights.funnels.reading import Params
from insights.funnels.rows import BLOCK, padded, percentage

DEFINITIONS = {
    "series.date": "The bucket in which an attempt took its first step.",
    "series.counts": "Who took each step in the best of the attempts that began in the bucket, once a bucket.",
    "series.conversion": "The percentage of those who entered in the bucket and took all steps.",
    "series.complete": "Whether the whole window of everyone who entered is over, and in the range.",
}

SQL = """
SELECT bucket, countForEach(range(level)) AS people
FROM (
    SELECT entity, bucket, toUInt64(max(reached)) AS level
    FROM (
        SELECT
            entity,
            arrayJoin(clean) AS attempt,
            length(attempt) AS reached,
            roundDown(toInt64(attempt[1]) - 1 + {first:Int64}, {buckets:Array(Int64)}) AS bucket
        FROM ($attempts
        )
    )
    GROUP BY entity, bucket
)
GROUP BY bucket
"""


def series_sql(params: Params) -> Sql:
    return compose(
        SQL,
        {
            "first": periods.milliseconds(params.scope.start),
            "buckets": [periods.milliseconds(bucket) for bucket in params.buckets],
        },
        attempts=attempts_sql(replace(params, breakdown=None)),
    )


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    people = {row["bucket"]: row["people"] for row in rows}
    closed = min(params.scope.end, params.now) - timedelta(milliseconds=params.window)
    found = []
    for bucket, following in zip(params.buckets, following_of(params), strict=True):
        counts = padded(people.get(periods.milliseconds(bucket), []), len(params.steps))
        found.append(
            {
                "date": label(bucket, params.interval, params.scope),
                "counts": counts,
                "conversion": percentage(counts[-1], counts[0]),
                "complete": following <= closed,
            }
        )
    return found


def following_of(params: Params) -> list[datetime]:
    """The end of each bucket: the next one's beginning."""
    if not params.buckets:
        return []
    after = INTERVALS[params.interval](params.buckets[-1], params.scope.timezone)
    next(after)
    return [*params.buckets[1:], next(after)]


def answer(params: Params) -> list[dict[str, Any]]:
    rows = client.query(series_sql(params), comment=f"{params.scope.project}:funnel", settings=BLOCK)
    return shape(rows, params)
