"""Events of bots, which are in no other number: how many came, of whom, for what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking.parameters import Given
from insights.asking.scope import Scope

DEFINITIONS = {
    "count": "Events of bots in the range. No other question counts them.",
}
DIMENSIONS: Mapping[str, Sql] = {name: Sql(name) for name in ("browser", "name", "path", "country", "os")}


@dataclass(frozen=True)
class Params:
    scope: Scope
    by: tuple[str, ...]


def read(given: Given) -> Params:
    return Params(given.scope(), given.choices("by", DIMENSIONS, ("browser", "name")))


SQL = """
SELECT
    $by,
    count() AS count
FROM bot_events AS events
WHERE $events AND $filters
GROUP BY $by
ORDER BY count DESC, $by
$page
"""


def bots_sql(params: Params) -> Sql:
    return compose(
        SQL,
        by=join((DIMENSIONS[name] for name in params.by), ", "),
        events=params.scope.events(),
        filters=params.scope.matching(),
        page=params.scope.page(),
    )


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


def answer(params: Params) -> list[dict[str, Any]]:
    return shape(client.query(bots_sql(params), comment=f"{params.scope.project}:bots"), params)
