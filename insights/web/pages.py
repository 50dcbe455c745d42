"""Pages: views, visitors, time and bounces of each path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking.parameters import Given
from insights.asking.scope import Scope
from insights.asking.visits import visits_sql
from insights.asking.vocabulary import DEFINITIONS as WORDS

DEFINITIONS = {
    "views": WORDS["views"],
    "uniqueVisitors": "Distinct persons who viewed the path.",
    "avgDuration": WORDS["avgDuration"],
    "bounceRate": "The percentage, of the sessions that entered on the path, with neither two page views nor an "
    "interactive event; 0 where none entered.",
}


@dataclass(frozen=True)
class Params:
    scope: Scope


def read(given: Given) -> Params:
    return Params(given.scope())


# A view lasts until the next view of its session, filtered or not and in the range or not, so the views are read
# until the last session with an event in the range ends. Views of one millisecond follow each other by arrival, then
# by path. A view later than its session's end is newer than the last rollup.
SQL = """
SELECT
    path,
    seen.views AS views,
    seen.uniqueVisitors AS uniqueVisitors,
    seen.avgDuration AS avgDuration,
    entered.bounceRate AS bounceRate
FROM (
    SELECT
        path,
        count() AS views,
        $visitors AS uniqueVisitors,
        avg(greatest(dateDiff('millisecond', createdAt, until), 0)) / 1000 AS avgDuration
    FROM (
        SELECT
            view.path AS path,
            view.personKey AS personKey,
            view.createdAt AS createdAt,
            view.asked AS asked,
            leadInFrame(view.createdAt, 1, visit.endedAt) OVER (
                PARTITION BY view.sessionKey, visit.startedAt, view.createdAt <= visit.endedAt
                ORDER BY view.createdAt, view.receivedAt, view.path
                ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
            ) AS until
        FROM (
            SELECT sessionKey, personKey, createdAt, receivedAt, path, $events AND $filters AS asked
            FROM events
            WHERE $since
                AND ($events OR createdAt <= (SELECT max(endedAt) FROM sessions FINAL WHERE $open))
                AND isScreenView = 1
        ) AS view
        ASOF LEFT JOIN (
            SELECT sessionKey, startedAt, endedAt
            FROM sessions FINAL
            WHERE $open
        ) AS visit
        ON view.sessionKey = visit.sessionKey AND view.createdAt >= visit.startedAt
    )
    WHERE asked
    GROUP BY path
    ORDER BY views DESC, path
    $page
) AS seen
LEFT JOIN (
    SELECT entryPath AS path, avg(isBounce) * 100 AS bounceRate
    FROM $visits
    WHERE screenViews > 0
    GROUP BY entryPath
) AS entered
USING (path)
ORDER BY views DESC, path
"""


def pages_sql(params: Params) -> Sql:
    return compose(
        SQL,
        events=params.scope.events(),
        since=params.scope.events_since_start(),
        open=params.scope.sessions_open(),
        filters=params.scope.matching(),
        visitors=params.scope.visitors(),
        page=params.scope.page(),
        visits=visits_sql(params.scope),
    )


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


def answer(params: Params) -> list[dict[str, Any]]:
    return shape(client.query(pages_sql(params), comment=f"{params.scope.project}:pages"), params)
