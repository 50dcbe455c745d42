"""A funnel's breakdown: its steps for each value of a dimension, the most frequent values first."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.funnels.attempts import taken_sql
from insights.funnels.moments import codes_of
from insights.funnels.reading import Breakdown, Params
from insights.funnels.rows import BLOCK, shape_steps
from insights.funnels.steps import STEP_CODES

DEFINITIONS = {
    "breakdown.value": "The value of the event that took the first step, or the last step taken.",
    "breakdown.isOther": "Whether the row is of all values beyond the limit together.",
}
OTHER = "other"

SQL = """
SELECT
    rank > {most:UInt64} AS isOther,
    if(isOther, '', value) AS shown,
    countForEachMerge(peopleState) AS people,
    quantileExactInclusiveForEachMerge(0.5)(waitsState) AS waits,
    min(rank) AS place
FROM (
    SELECT *, row_number() OVER (ORDER BY entered DESC, value) AS rank
    FROM (
        SELECT
            $value AS value,
            count() AS entered,
            countForEachState(taken) AS peopleState,
            quantileExactInclusiveForEachState(0.5)(arrayDifference(taken)) AS waitsState
        FROM (
            SELECT valued, taken, $time AS decisive, length(taken) AS level
            FROM ($attempts
            )
            WHERE notEmpty(taken)
        )
        GROUP BY value
    )
)
GROUP BY isOther, shown
HAVING NOT isOther OR {other:Bool}
ORDER BY isOther, place
"""
VALUE = "arrayFirst(one -> one.1 = decisive AND $serves, valued).2"

# Whose value counts: the time of the step, and which of that moment's events can serve it.
TIMES = {"first": "taken[1]", "last": "taken[-1]", "person": "taken[1]"}
SERVES_NUMBER = {"first": "one.3 = 1", "last": "one.3 = level", "person": "one.3 = 1"}
SERVES_MASK = {
    "first": "bitTest(one.3, 0)",
    "last": "bitTest(one.3, level - 1)",
    "person": "bitTest(one.3, 0)",
}


def breakdown_sql(params: Params, asked: Breakdown) -> Sql:
    _, codes = codes_of(params)
    serves = "1" if params.order == "any" else (SERVES_NUMBER if codes == STEP_CODES else SERVES_MASK)[asked.of]
    return compose(
        SQL,
        {"most": asked.limit, "other": asked.other},
        value=compose(VALUE, serves=Sql(serves)),
        time=Sql(TIMES[asked.of]),
        attempts=taken_sql(params),
    )


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    return [
        {
            "value": OTHER if row["isOther"] else row["shown"],
            "isOther": bool(row["isOther"]),
            "steps": shape_steps(row, params.steps),
        }
        for row in rows
    ]


def answer(params: Params) -> list[dict[str, Any]]:
    if params.breakdown is None:
        return []
    sql = breakdown_sql(params, params.breakdown)
    return shape(client.query(sql, comment=f"{params.scope.project}:funnel", settings=BLOCK), params)
