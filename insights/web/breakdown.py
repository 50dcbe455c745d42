"""Breakdowns of events: devices and places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking.parameters import Given
from insights.asking.scope import Scope
from insights.asking.vocabulary import DEFINITIONS as WORDS
from insights.asking.vocabulary import DEVICE_DIMENSIONS, PLACE_DIMENSIONS, dimensions_sql

DEFINITIONS = {
    "count": WORDS["count"],
    "uniqueVisitors": "Distinct persons with such an event.",
}


@dataclass(frozen=True)
class Params:
    scope: Scope
    by: tuple[str, ...]


def read_devices(given: Given) -> Params:
    return Params(given.scope(), given.choices("by", DEVICE_DIMENSIONS, ("device", "browser", "os")))


def read_geo(given: Given) -> Params:
    return Params(given.scope(), given.choices("by", PLACE_DIMENSIONS, ("country", "city")))


SQL = """
SELECT
    $by,
    count() AS count,
    $visitors AS uniqueVisitors
FROM events
WHERE $events AND $filters
GROUP BY $by
ORDER BY count DESC, $by
$page
"""


def breakdown_sql(params: Params) -> Sql:
    return compose(
        SQL,
        by=dimensions_sql(params.by),
        events=params.scope.events(),
        filters=params.scope.matching(),
        visitors=params.scope.visitors(),
        page=params.scope.page(),
    )


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


def answer(params: Params) -> list[dict[str, Any]]:
    rows = client.query(breakdown_sql(params), comment=f"{params.scope.project}:{','.join(params.by)}")
    return shape(rows, params)
