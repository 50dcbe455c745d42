"""Overview: the numbers of a whole range, beside those of the range before if asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking import compared
from insights.asking.compared import Compare, change
from insights.asking.metrics import COMPARED, COUNTED_ORDER, METRIC_ORDER, definitions, metrics_sql, numbers
from insights.asking.parameters import Given
from insights.asking.scope import Scope
from insights.asking.visits import visits_sql
from insights.web import summed

DEFINITIONS = definitions() | COMPARED


@dataclass(frozen=True)
class Params:
    scope: Scope
    compare: Compare = ""


def read(given: Given) -> Params:
    compare = compared.read(given)
    return Params(given.scope(), compare)


SQL = """
SELECT *
FROM (
    SELECT
    $eventMetrics
    FROM events
    WHERE $events AND $filters
) AS happened
CROSS JOIN (
    SELECT
    $sessionMetrics
    FROM $visits
) AS visited
"""


def overview_sql(scope: Scope) -> Sql:
    return compose(
        SQL,
        eventMetrics=metrics_sql("events", scope),
        sessionMetrics=metrics_sql("sessions", scope),
        events=scope.events(),
        filters=scope.matching(),
        visits=visits_sql(scope),
    )


def shape(found: Mapping[str, Any]) -> dict[str, Any]:
    return numbers(found, METRIC_ORDER)


def answer(params: Params) -> dict[str, Any]:
    now = ask(params.scope)
    if not params.compare:
        return shape(now)
    before = ask(params.scope.previous())
    return {**shape(now), "compare": {"previous": shape(before), "change": change(now, before, METRIC_ORDER)}}


def ask(scope: Scope) -> dict[str, Any]:
    """From days that are summed up as far as there are any, else from the rows."""
    rows = summed.rows(scope, [scope.start], "metrics")
    rows = rows or client.query(overview_sql(scope), comment=f"{scope.project}:metrics")
    return numbers(rows[0], COUNTED_ORDER)
