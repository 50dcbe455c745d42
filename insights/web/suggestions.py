"""Suggestions: the names, keys, values, paths and countries that filters can be made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking.parameters import Given
from insights.asking.scope import Scope

DEFINITIONS = {"data": "Distinct values, the most frequent first; without dates of all time."}


@dataclass(frozen=True)
class Params:
    """`value` is what is listed; `event` narrows to one event name, `search` to values that contain a text."""

    scope: Scope
    value: Sql = field(repr=False)
    event: str = ""
    search: str = ""


@dataclass(frozen=True)
class ValuesParams(Params):
    """Those of one property."""

    key: str = ""


def read(given: Given, value: Sql) -> Params:
    return Params(given.scope_of_all_time(), value, given.text("event"), given.text("search"))


def read_property_keys(given: Given) -> Params:
    return read(given, Sql("arrayJoin(mapKeys(properties))"))


def read_property_values(given: Given) -> ValuesParams:
    key = given.text("key").removeprefix("properties.")
    if not key:
        given.problem("key", "Name the property in key, for example key=plan.")
    asked = read(given, Sql("properties[{key:String}]", {"key": key}))
    return ValuesParams(asked.scope, asked.value, asked.event, asked.search, key)


def read_event_names(given: Given) -> Params:
    return read(given, Sql("name"))


def read_paths(given: Given) -> Params:
    return read(given, Sql("path"))


def read_countries(given: Given) -> Params:
    return read(given, Sql("country"))


SQL = """
SELECT value
FROM (
    SELECT toString($value) AS value
    FROM events
    WHERE $events
        AND $filters
        AND ({event:String} = '' OR name = {event:String})
)
WHERE value != '' AND positionCaseInsensitiveUTF8(value, {search:String}) > 0
GROUP BY value
ORDER BY count() DESC, value
$page
"""


def suggestions_sql(params: Params) -> Sql:
    return compose(
        SQL,
        {"event": params.event, "search": params.search},
        value=params.value,
        events=params.scope.events(),
        filters=params.scope.matching(),
        page=params.scope.page(),
    )


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[str]:
    return [row["value"] for row in rows]


def answer(params: Params) -> list[str]:
    rows = client.query(suggestions_sql(params), comment=f"{params.scope.project}:suggestions")
    return shape(rows, params)
