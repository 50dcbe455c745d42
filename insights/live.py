"""Live: who is here now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.filters import Filter, filters_sql
from insights.parameters import Given
from insights.scope import MILLISECOND, Scope
from insights.vocabulary import DEFINITIONS as WORDS

DEFINITIONS = {
    "count": WORDS["live"],
    "pages": "Page views of the last 5 minutes by path, and the distinct persons who viewed it.",
    "countries": "Events of the last 5 minutes by country, and the distinct persons behind them.",
    "minutes": "Distinct persons per minute, for the last 30 minutes; the last one is still running.",
}
PRESENT = timedelta(minutes=5)
SERIES_MINUTES = 30


@dataclass(frozen=True)
class Params:
    """`now` is the last millisecond that counts: events of the future are nobody's presence."""

    project: str
    timezone: ZoneInfo
    now: datetime
    filters: tuple[Filter, ...]
    limit: int
    detail: bool = False

    def scope(self, length: timedelta) -> Scope:
        """What happened in (now - length, now]."""
        end = self.now + MILLISECOND
        return Scope(self.project, self.timezone, end - length, end, self.filters)

    def first_minute(self) -> datetime:
        return self.now.replace(second=0, microsecond=0) - timedelta(minutes=SERIES_MINUTES - 1)


def read(given: Given) -> Params:
    now = given.now.replace(microsecond=given.now.microsecond // 1000 * 1000)
    limit = given.whole("limit", 10, 1, 1000)
    return Params(given.project, given.timezone, now, given.filters("filters"), limit, given.flag("detail"))


COUNT = """
SELECT uniqExact(personKey) AS count
FROM events
WHERE $events AND $filters
"""

PAGES = """
SELECT path, count() AS views, uniqExact(personKey) AS visitors
FROM events
WHERE $events AND $filters AND isScreenView = 1
GROUP BY path
ORDER BY visitors DESC, views DESC, path
$page
"""

COUNTRIES = """
SELECT country, count() AS events, uniqExact(personKey) AS visitors
FROM events
WHERE $events AND $filters
GROUP BY country
ORDER BY visitors DESC, events DESC, country
$page
"""

MINUTES = """
SELECT toStartOfMinute(createdAt) AS minute, uniqExact(personKey) AS visitors
FROM events
WHERE $events AND $filters
GROUP BY minute
"""


def live_sql(template: str, scope: Scope, limit: int) -> Sql:
    return compose(
        template,
        events=scope.events(),
        filters=filters_sql(scope.filters),
        page=Sql("LIMIT {limit:UInt64}", {"limit": limit}),
    )


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    """The series: every minute present, oldest first."""
    visitors = {row["minute"].astimezone(UTC): row["visitors"] for row in rows}
    minutes = [params.first_minute() + timedelta(minutes=at) for at in range(SERIES_MINUTES)]
    return [
        {"date": minute.astimezone(params.timezone).isoformat(), "visitors": visitors.get(minute, 0)}
        for minute in minutes
    ]


def answer(params: Params) -> dict[str, Any]:
    present = params.scope(PRESENT)
    count = ask(COUNT, present, params)[0]["count"]
    if not params.detail:
        return {"count": count}
    series = params.scope(params.now + MILLISECOND - params.first_minute())
    return {
        "count": count,
        "pages": ask(PAGES, present, params),
        "countries": ask(COUNTRIES, present, params),
        "minutes": shape(ask(MINUTES, series, params), params),
    }


def ask(template: str, scope: Scope, params: Params) -> list[dict[str, Any]]:
    return client.query(live_sql(template, scope, params.limit), comment=f"{params.project}:live")
