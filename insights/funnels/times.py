"""How long a funnel's steps take: mean, median and histogram from step to step, and of the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.funnels.attempts import taken_sql
from insights.funnels.reading import Params
from insights.funnels.rows import BLOCK

DEFINITIONS = {
    "times.fromStep": "The step, counted from 1, that the time is counted from.",
    "times.toStep": "The step that it is counted to.",
    "times.count": "Who took that step.",
    "times.meanSeconds": "The mean of their times.",
    "times.medianSeconds": "The median of their times.",
    "times.histogram": "How many times are in each of the bins, all of one width, from the shortest time on.",
}

# A bin is as wide as it must be for the longest time to be in the last one, in whole seconds from one second on.
SQL = """
SELECT
    fromStep, toStep, bin,
    count() AS inBin,
    any(people) AS people,
    any(mean) AS mean,
    any(median) AS median,
    any(low) AS low,
    any(width) AS width
FROM (
    SELECT
        fromStep, toStep, people, mean, median, low, width,
        arrayJoin(arrayMap(wait -> least(intDiv(wait - low, width), {bins:Int64} - 1), waits)) AS bin
    FROM (
        SELECT
            pair.1 AS fromStep,
            pair.2 AS toStep,
            groupArray(pair.3) AS waits,
            count() AS people,
            avg(pair.3) AS mean,
            quantileExactInclusive(0.5)(pair.3) AS median,
            min(pair.3) AS low,
            intDiv(max(pair.3) - low + {bins:Int64} - 1, {bins:Int64}) AS least,
            greatest(1, if(least > 1000, intDiv(least + 999, 1000) * 1000, least)) AS width
        FROM (
            SELECT
                arrayJoin(arrayConcat(
                    arraySlice(arrayMap(
                        (at, wait) -> (toUInt32(at - 1), toUInt32(at), wait),
                        arrayEnumerate(taken), arrayDifference(taken)
                    ), 2),
                    if(
                        length(taken) = $count AND $count > 2,
                        [(toUInt32(1), toUInt32($count), toInt64(taken[-1]) - toInt64(taken[1]))],
                        []
                    )
                )) AS pair
            FROM ($attempts
            )
        )
        GROUP BY fromStep, toStep
    )
)
GROUP BY fromStep, toStep, bin
ORDER BY toStep - fromStep > 1, toStep, bin
"""


def times_sql(params: Params) -> Sql:
    plain = replace(params, breakdown=None)
    return compose(SQL, {"bins": params.bins}, count=Sql(str(len(params.steps))), attempts=taken_sql(plain))


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    """A row for each pair of neighbours and for the whole, also where nobody came so far."""
    count = len(params.steps)
    pairs = [(step, step + 1) for step in range(1, count)] + ([(1, count)] if count > 2 else [])
    by_pair: dict[tuple[int, int], list[Mapping[str, Any]]] = {pair: [] for pair in pairs}
    for row in rows:
        by_pair[row["fromStep"], row["toStep"]].append(row)
    return [
        {
            "fromStep": pair[0],
            "toStep": pair[1],
            "count": found[0]["people"] if found else 0,
            "meanSeconds": found[0]["mean"] / 1000 if found else 0,
            "medianSeconds": found[0]["median"] / 1000 if found else 0,
            "histogram": histogram(found, params.bins) if found else [],
        }
        for pair, found in by_pair.items()
    ]


def histogram(rows: Sequence[Mapping[str, Any]], bins: int) -> list[dict[str, Any]]:
    low, width = rows[0]["low"], rows[0]["width"]
    counts = {row["bin"]: row["inBin"] for row in rows}
    return [
        {
            "fromSeconds": (low + width * at) / 1000,
            "toSeconds": (low + width * (at + 1)) / 1000,
            "count": counts.get(at, 0),
        }
        for at in range(bins)
    ]


def answer(params: Params) -> list[dict[str, Any]]:
    rows = client.query(times_sql(params), comment=f"{params.scope.project}:funnel", settings=BLOCK)
    return shape(rows, params)
