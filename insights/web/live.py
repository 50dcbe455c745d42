"""Live: who is here now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking.filters import Condition
from insights.asking.parameters import Given
from insights.asking.scope import MILLISECOND, Scope
from insights.asking.vocabulary import DEFINITIONS as WORDS

DEFINITIONS = {
    "count": WORDS["live"],
    "pages": "Page views of the last 5 minutes by path, and the distinct persons who viewed it.",
    "countries": "Events of the last 5 minutes by country, and the distinct persons behind them.",
    "minutes": "Distinct persons per minute, for the last 30 minutes; the last one is still running.",
}
PRESENT = timedelta(minutes=5)
SERIES_MINUTES = 30
DEFAULT_LIMIT = 10
MOST_ROWS = 1000


@dataclass(frozen=True)
class Params:
    """The scope holds the series' minutes and ends now: events of the future are nobody's presence."""

    scope: Scope
    detail: bool = False

    def present(self) -> Scope:
        return replace(self.scope, start=self.scope.end - PRESENT)


def read(given: Given) -> Params:
    limit = given.whole("limit", DEFAULT_LIMIT, 1, MOST_ROWS)
    scope = scope_of(given.project, given.timezone, given.now, given.filters("filters"), limit)
    return Params(replace(scope, is_linked=given.is_linked), given.flag("detail"))


def scope_of(
    project: str, timezone: ZoneInfo, now: datetime, filters: tuple[Condition, ...] = (), limit: int = 10
) -> Scope:
    """The running minute and those before it, up to and with the millisecond that is now."""
    minute = now.replace(second=0, microsecond=0)
    end = now.replace(microsecond=now.microsecond // 1000 * 1000) + MILLISECOND
    return Scope(project, timezone, minute - timedelta(minutes=SERIES_MINUTES - 1), end, filters, limit)


COUNT = """
SELECT $visitors AS count
FROM events
WHERE $events AND $filters
"""

PAGES = """
SELECT path, count() AS views, $visitors AS visitors
FROM events
WHERE $events AND $filters AND isScreenView = 1
GROUP BY path
ORDER BY visitors DESC, views DESC, path
$page
"""

COUNTRIES = """
SELECT country, count() AS events, $visitors AS visitors
FROM events
WHERE $events AND $filters
GROUP BY country
ORDER BY visitors DESC, events DESC, country
$page
"""

MINUTES = """
SELECT toDateTime64(toStartOfMinute(createdAt), 3, 'UTC') AS minute, $visitors AS visitors
FROM events
WHERE $events AND $filters
GROUP BY minute
"""


def live_sql(template: str, scope: Scope) -> Sql:
    return compose(
        template,
        visitors=scope.visitors(),
        events=scope.events(),
        filters=scope.matching(),
        page=scope.page(),
    )


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    """The series: every minute present, oldest first."""
    visitors = {row["minute"]: row["visitors"] for row in rows}
    minutes = [params.scope.start + timedelta(minutes=at) for at in range(SERIES_MINUTES)]
    return [
        {"date": minute.astimezone(params.scope.timezone).isoformat(), "visitors": visitors.get(minute, 0)}
        for minute in minutes
    ]


def answer(params: Params) -> dict[str, Any]:
    present = params.present()
    count = ask(COUNT, present)[0]["count"]
    if not params.detail:
        return {"count": count}
    return {
        "count": count,
        "pages": ask(PAGES, present),
        "countries": ask(COUNTRIES, present),
        "minutes": shape(ask(MINUTES, params.scope), params),
    }


def ask(template: str, scope: Scope) -> list[dict[str, Any]]:
    return client.query(live_sql(template, scope), comment=f"{scope.project}:live")
