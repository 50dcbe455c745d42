"""Revenue: how much, in how many orders, of how many persons, by currency or any other dimension."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking.groupings import Groupings, labels_of, named, of_events, read_groupings, source
from insights.asking.metrics import definitions, metrics_sql, numbers
from insights.asking.parameters import Given
from insights.asking.scope import Scope

OF_ORDERS = ("revenue", "orders", "payingVisitors", "averageOrderValue")
DEFINITIONS = definitions(OF_ORDERS) | {
    "perVisitor": "The revenue divided by all visitors of the range under the same filters, whatever the row.",
}
DEFAULT_BY = ("currency",)


@dataclass(frozen=True)
class Params:
    scope: Scope
    by: tuple[str, ...]
    groupings: Groupings = field(repr=False)


def read(given: Given) -> Params:
    scope = given.scope()
    groupings = read_groupings(given, scope, "by", DEFAULT_BY)
    return Params(scope, groupings.names, groupings)


SQL = """
SELECT
    $by,
    $ofOrders,
    toFloat64(revenue) / (SELECT $visitors FROM events WHERE $events AND $filters) AS perVisitor
FROM $source
WHERE $events AND $filters AND events.revenue != 0
GROUP BY $aliases
ORDER BY revenue DESC, $aliases
$page
"""


def revenue_sql(params: Params) -> Sql:
    scope, groupings = params.scope, params.groupings
    return compose(
        SQL,
        by=of_events(groupings, scope),
        ofOrders=metrics_sql("events", scope, OF_ORDERS),
        visitors=scope.visitors(),
        events=scope.events(),
        filters=scope.matching(),
        source=source(groupings, scope),
        aliases=groupings.aliases,
        page=scope.page(),
    )


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    labels = labels_of(params.groupings, params.scope)
    return [{**named(row, params.groupings, labels), **numbers(row, DEFINITIONS)} for row in rows]


def answer(params: Params) -> list[dict[str, Any]]:
    return shape(client.query(revenue_sql(params), comment=f"{params.scope.project}:revenue"), params)
