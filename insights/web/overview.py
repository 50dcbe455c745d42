"""Overview: the numbers of a whole range, beside those of the range before if asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking.metrics import COMPARED, METRIC_ORDER, METRICS, definitions, metrics_sql
from insights.asking.parameters import Given
from insights.asking.scope import Scope
from insights.asking.visits import visits_sql

DEFINITIONS = definitions() | COMPARED


@dataclass(frozen=True)
class Params:
    scope: Scope
    compare: Literal["", "previous"] = ""


def read(given: Given) -> Params:
    compare = given.choice("compare", ("previous",), "")
    return Params(given.scope(), "previous" if compare else "")


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


def shape(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: plain(rows[0][name]) for name in METRIC_ORDER}


def plain(value: Any) -> Any:
    """Money without the zeros that its column pads it with."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else value.normalize()


def change(
    now: Mapping[str, Any], before: Mapping[str, Any], names: Iterable[str] = METRIC_ORDER
) -> dict[str, float | None]:
    """What became of each number of `before`."""
    return {name: changed(name, now, before) for name in names}


def changed(name: str, now: Mapping[str, Any], before: Mapping[str, Any]) -> float | None:
    if of := METRICS[name].of:
        return float(now[name] - before[name]) if now[of] and before[of] else None
    return float((now[name] - before[name]) * 100 / before[name]) if before[name] else None


def answer(params: Params) -> dict[str, Any]:
    now = ask(params.scope)
    if not params.compare:
        return now
    before = ask(params.scope.previous())
    return {**now, "compare": {"previous": before, "change": change(now, before)}}


def ask(scope: Scope) -> dict[str, Any]:
    return shape(client.query(overview_sql(scope), comment=f"{scope.project}:metrics"))
