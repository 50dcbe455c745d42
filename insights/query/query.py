"""The one query for all: metrics by dimensions, under filters, in one order, beside the period before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from insights.asking.buckets import buckets_before
from insights.asking.compared import Compare, change
from insights.asking.groupings import Groupings, labels_of, named
from insights.asking.metrics import COMPARED, METRICS, NO_GOAL, definitions, needed, numbers
from insights.asking.scope import Scope
from insights.query.sql import ANY_GROUP, count_sql, query_sql
from insights.web.goals import Goal

DEFINITIONS = (
    definitions(METRICS)
    | COMPARED
    | {
        "results": "A row for each group: its dimensions, then its metrics. Events count where they happen, sessions "
        "in every value that one of their matching events has, and in the time that they start in.",
        "totals": "The same metrics of the whole range; visitors of several rows count once.",
        "totalRows": "How many rows there are, on this page or not.",
        "compare": "The same group in the period before, and the change since.",
    }
)


@dataclass(frozen=True)
class Params:
    """`order` holds metrics and dimensions; a `-` before one puts the largest first."""

    scope: Scope
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    goal: Goal | None = None
    compare: Compare = ""
    totals: bool = False
    groupings: Groupings = field(default=Groupings(), repr=False)

    def counted(self) -> tuple[str, ...]:
        return needed(self.metrics, to_compare=bool(self.compare))

    def met(self) -> Sql:
        """The goal as a condition on a row of events."""
        return self.goal.met(self.scope.subject(), "goal") if self.goal else NO_GOAL


def sql_of(params: Params, wanted: Sql = ANY_GROUP) -> Sql:
    order = order_sql(params)
    return query_sql(params.scope, params.groupings, params.counted(), order, wanted, params.met())


def order_sql(params: Params) -> Sql:
    """As asked, and then by every dimension, so that pages never overlap."""
    columns = {one.name: one.alias for one in params.groupings} | {name: name for name in params.metrics}
    asked = params.order or default_order(params)
    ordered = [f"{columns[name.removeprefix('-')]}{' DESC' * name.startswith('-')}" for name in asked]
    return Sql(", ".join([*ordered, *(one.alias for one in params.groupings)]) or "1")


def default_order(params: Params) -> tuple[str, ...]:
    """By time where it is asked for, else the largest first."""
    times = tuple(one.name for one in params.groupings if one.is_time)
    return times or ((f"-{params.metrics[0]}",) if params.groupings.names else ())


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    labels = labels_of(params.groupings, params.scope)
    return [{**named(row, params.groupings, labels), **numbers(row, params.metrics)} for row in rows]


def answer(params: Params) -> dict[str, Any]:
    rows = ask(sql_of(params), params)
    results = shape(rows, params)
    if params.compare:
        results = [
            {**result, "compare": compared} for result, compared in zip(results, past(rows, params), strict=True)
        ]
    if not params.totals:
        return {"results": results}
    return {"results": results, **totals(params)}


def answer_rows(params: Params) -> list[dict[str, Any]]:
    """The results alone."""
    found: list[dict[str, Any]] = answer(params)["results"]
    return found


def totals(params: Params) -> dict[str, Any]:
    whole = replace(params, dimensions=(), order=(), groupings=Groupings(), scope=first_page(params.scope))
    rows = ask(sql_of(whole), whole)
    return {"totals": numbers(rows[0], params.metrics), "totalRows": count(params)}


def first_page(scope: Scope) -> Scope:
    return replace(scope, limit=1, offset=0)


def count(params: Params) -> int:
    if not params.groupings.names:
        return 1
    rows = ask(count_sql(params.scope, params.groupings, params.counted()), params)
    return int(rows[0]["totalRows"])


# The groups of the page, whatever their place in the period before.
ON_PAGE = "[$key] IN (SELECT arrayJoin({groups:Array(Array(String))}))"


def past(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    """For each row the same group in the period before, a time by its place in the range, and the change since."""
    before = previous(params)
    matched = dict(zip(params.groupings.milliseconds(), before.groupings.milliseconds(), strict=False))
    keys = [key_of(row, params.groupings, matched) for row in rows]
    wanted = Sql(ON_PAGE.replace("$key", key_sql(params.groupings)), {"groups": [key for key in keys if key]})
    found = ask(sql_of(before, wanted if params.groupings.names else ANY_GROUP), params) if rows else []
    by_key = {tuple(key_of(row, params.groupings)): row for row in found}
    return [beside(row, by_key.get(tuple(key), {}), params) for row, key in zip(rows, keys, strict=True)]


def previous(params: Params) -> Params:
    groupings, scope = params.groupings, replace(params.scope.previous(), offset=0)
    if not groupings.time:
        return replace(params, scope=scope)
    buckets = buckets_before(params.scope, groupings.time)
    return replace(params, scope=scope, groupings=Groupings(groupings.names, buckets))


def key_of(row: Mapping[str, Any], groupings: Groupings, matched: Mapping[int, int] | None = None) -> list[str]:
    """The dimensions of a row as texts; of a time the beginning, or the one that it is matched with."""
    values = [row[one.alias] for one in groupings]
    if matched is not None:
        values = [
            matched.get(value, "") if one.is_time else value for one, value in zip(groupings, values, strict=True)
        ]
    return [str(value) for value in values]


def key_sql(groupings: Groupings) -> str:
    return ", ".join(f"toString({one.alias})" for one in groupings)


def beside(row: Mapping[str, Any], before: Mapping[str, Any], params: Params) -> dict[str, Any]:
    names = params.counted()
    now, then = numbers(row, names), numbers(before, names)
    return {"previous": numbers(before, params.metrics), "change": change(now, then, params.metrics)}


def ask(sql: Sql, params: Params) -> list[dict[str, Any]]:
    return client.query(sql, comment=f"{params.scope.project}:query")
