"""Landings: the pages that sessions entered on, or left from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking.parameters import Given
from insights.asking.scope import Scope
from insights.asking.visits import visits_sql
from insights.asking.vocabulary import DEFINITIONS as WORDS

End = Literal["entryPath", "exitPath"]
OF_SESSIONS = {
    "uniqueVisitors": WORDS["sessionVisitors"],
    "avgDuration": "The mean duration of these sessions in seconds.",
    "bounceRate": WORDS["sessionBounceRate"],
}
ENTRY_DEFINITIONS = {"views": WORDS["entrances"]} | OF_SESSIONS
EXIT_DEFINITIONS = {"views": WORDS["exits"]} | OF_SESSIONS


@dataclass(frozen=True)
class Params:
    scope: Scope
    end: End


def read_entry(given: Given) -> Params:
    return Params(given.scope(), "entryPath")


def read_exit(given: Given) -> Params:
    return Params(given.scope(), "exitPath")


# A session without a page view has entered nowhere.
SQL = """
SELECT
    $end AS path,
    count() AS views,
    $visitors AS uniqueVisitors,
    avg(duration) AS avgDuration,
    avg(isBounce) * 100 AS bounceRate
FROM $visits
WHERE screenViews > 0
GROUP BY path
ORDER BY views DESC, path
$page
"""


def landings_sql(params: Params) -> Sql:
    scope = params.scope
    return compose(SQL, end=Sql(params.end), visits=visits_sql(scope), visitors=scope.visitors(), page=scope.page())


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


def answer(params: Params) -> list[dict[str, Any]]:
    return shape(client.query(landings_sql(params), comment=f"{params.scope.project}:{params.end}"), params)
