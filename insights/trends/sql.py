"""The SQL of trends, as it runs: each number in all buckets and groups at once, and which groups are shown."""

from collections.abc import Sequence
from datetime import datetime

from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking import periods
from insights.asking.groupings import BUCKET, Groupings
from insights.asking.scope import Scope
from insights.trends.rows import Counted, Rows, listed, rows_of
from insights.trends.series import Series

OTHERS = 0  # the place of all groups that are not shown; theirs count from 1

EACH = """
SELECT
    $place AS place,
    $bucket AS bucket,
    grouping(bucket) AS whole,
    $numbers
FROM $rows
GROUP BY GROUPING SETS ((place, bucket), (place))
"""

CUMULATIVE = """
SELECT
    place,
    bucket,
    $merged
FROM (
    SELECT
        $place AS place,
        $bucket AS bucket,
        $states
    FROM $rows
    GROUP BY place, bucket
)
WINDOW so_far AS (PARTITION BY place ORDER BY bucket)
"""

PLACE = "transform($key, {keys:Array(String)}, {places:Array(UInt32)}, toUInt32(0))"

RANKED = """
SELECT
    $aliases,
    $key AS key
FROM $groups
ORDER BY $numbers, $aliases
$page
"""

GROUPS = """(
    SELECT
        $dimensions,
        $numbers
    FROM $rows
    GROUP BY $aliases
) AS $name"""


def each_sql(rows: Rows, buckets: Sequence[datetime], keys: Sequence[str], *, cumulative: bool) -> Sql:
    """A row for each place and bucket that holds anything; `whole` is 1 in those of a place's whole range."""
    begins = {"buckets": [periods.milliseconds(bucket) for bucket in buckets]}
    shared = {
        "place": place_sql(rows.dimensions, keys),
        "bucket": compose(BUCKET, begins, moment=Sql(rows.moment)),
        "rows": rows.source,
    }
    if not cumulative:
        return compose(EACH, **shared, numbers=rows.numbers())
    states, merged = (listed([how(one) for one in rows.counted]) for how in (Counted.states, Counted.merged))
    return compose(CUMULATIVE, **shared, states=states, merged=merged)


def place_sql(dimensions: Sequence[Sql], keys: Sequence[str]) -> Sql:
    if not dimensions:
        return Sql("materialize(1)")
    places = list(range(1, len(keys) + 1))
    return compose(PLACE, {"keys": list(keys), "places": places}, key=key_sql(dimensions))


def key_sql(dimensions: Sequence[Sql]) -> Sql:
    """The dimensions of a row as one text."""
    if len(dimensions) == 1:
        return compose("toString($one)", one=dimensions[0])
    return compose("toJSONString([$all])", all=join(dimensions, ", "))


def ranked_sql(scope: Scope, series: Sequence[Series], groupings: Groupings) -> Sql:
    """The groups with the largest numbers of the first series; those that are equal there by the next one."""
    first, *others = (group_sql(rows, groupings) for rows in rows_of(scope, series, groupings))
    beside = "$first\nFULL OUTER JOIN $other USING ($aliases)"
    for other in others:
        first = compose(beside, first=first, other=other, aliases=groupings.aliases)
    return compose(
        RANKED,
        aliases=groupings.aliases,
        key=key_sql([Sql(one.alias) for one in groupings]),
        groups=first,
        numbers=Sql(", ".join(f"series{at} DESC" for at in range(len(series)))),
        page=scope.page(),
    )


def group_sql(rows: Rows, groupings: Groupings) -> Sql:
    named = [
        compose(f"$value AS {one.alias}", value=value) for one, value in zip(groupings, rows.dimensions, strict=True)
    ]
    return compose(
        GROUPS,
        dimensions=listed(named),
        numbers=rows.numbers(),
        rows=rows.source,
        aliases=groupings.aliases,
        name=Sql(rows.name),
    )
