"""Breakdowns of events: devices and places, and what bots sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking.parameters import Given
from insights.asking.scope import Scope
from insights.asking.vocabulary import DEFINITIONS as WORDS
from insights.asking.vocabulary import DEVICE_DIMENSIONS, PLACE_DIMENSIONS

DEFINITIONS = {
    "count": WORDS["count"],
    "uniqueVisitors": "Distinct persons with such an event.",
}
BOTS_DEFINITIONS = {"count": "Events of bots in the range. No other question counts them."}
BOT_DIMENSIONS = ("browser", "name", "path", "country", "os")
COLUMNS = {name: Sql(name) for name in (*DEVICE_DIMENSIONS, *PLACE_DIMENSIONS, *BOT_DIMENSIONS)}


@dataclass(frozen=True)
class Params:
    scope: Scope
    by: tuple[str, ...]
    of_bots: bool = field(default=False, repr=False)


def read_devices(given: Given) -> Params:
    return Params(given.scope(), given.choices("by", DEVICE_DIMENSIONS, ("device", "browser", "os")))


def read_geo(given: Given) -> Params:
    return Params(given.scope(), given.choices("by", PLACE_DIMENSIONS, ("country", "city")))


def read_bots(given: Given) -> Params:
    return Params(given.scope(), given.choices("by", BOT_DIMENSIONS, ("browser", "name")), of_bots=True)


SQL = """
SELECT
    $by,
    $numbers
FROM $table
WHERE $events AND $filters
GROUP BY $by
ORDER BY count DESC, $by
$page
"""
COUNT = Sql("count() AS count")
COUNT_AND_VISITORS = """count() AS count,
    $visitors AS uniqueVisitors"""


def breakdown_sql(params: Params) -> Sql:
    scope = params.scope
    return compose(
        SQL,
        by=join((COLUMNS[name] for name in params.by), ", "),
        numbers=COUNT if params.of_bots else compose(COUNT_AND_VISITORS, visitors=scope.visitors()),
        table=Sql("bot_events AS events" if params.of_bots else "events"),
        events=scope.events(),
        filters=scope.matching(),
        page=scope.page(),
    )


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


def answer(params: Params) -> list[dict[str, Any]]:
    rows = client.query(breakdown_sql(params), comment=f"{params.scope.project}:{','.join(params.by)}")
    return shape(rows, params)
