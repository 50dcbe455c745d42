"""Funnel: how many persons, sessions or groups take each of a row of steps, and how long they need."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.funnels import breakdown as funnel_breakdown
from insights.funnels import series as funnel_series
from insights.funnels import times as funnel_times
from insights.funnels.attempts import taken_sql
from insights.funnels.reading import ENTITIES as ENTITIES
from insights.funnels.reading import ORDERS as ORDERS
from insights.funnels.reading import WINDOW as WINDOW
from insights.funnels.reading import Params as Params
from insights.funnels.reading import read as read
from insights.funnels.rows import BLOCK, STEP_DEFINITIONS, shape_steps

DEFINITIONS = {
    **STEP_DEFINITIONS,
    **funnel_breakdown.DEFINITIONS,
    **funnel_times.DEFINITIONS,
    **funnel_series.DEFINITIONS,
}

SQL = """
SELECT
    countForEach(taken) AS people,
    quantileExactInclusiveForEach(0.5)(arrayDifference(taken)) AS waits
FROM ($attempts
)
"""


def funnel_sql(params: Params) -> Sql:
    return compose(SQL, attempts=taken_sql(params))


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    return shape_steps(rows[0], params.steps)


def answer(params: Params) -> list[dict[str, Any]] | dict[str, Any]:
    """The steps; with breakdown, bins or interval an object of which they are a part."""
    rows = client.query(funnel_sql(params), comment=f"{params.scope.project}:funnel", settings=BLOCK)
    steps = shape(rows, params)
    more: dict[str, Any] = {}
    if params.breakdown:
        more["breakdown"] = funnel_breakdown.answer(params)
    if params.bins:
        more["times"] = funnel_times.answer(params)
    if params.interval:
        more["series"] = funnel_series.answer(params)
    return {"steps": steps, **more} if more else steps
