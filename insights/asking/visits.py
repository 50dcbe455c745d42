"""The sessions that a question counts: those that started in the range and, with filters, hold a matching event."""

from eventlens.clickhouse.sql import Sql, compose
from insights.asking.filters import path_sql
from insights.asking.scope import Scope

STARTED = """(
    SELECT *, 1 AS entered, 1 AS exited
    FROM sessions FINAL
    WHERE $started
)"""

# An event belongs to the session of its lane that started last before it. Sessions that start in the range may end
# after it, so their events are looked for until the last of them ends.
HOLDING = """(
    SELECT *, $entered AS entered, $exited AS exited
    FROM sessions FINAL
    WHERE $started
        AND (sessionKey, startedAt) IN (
            SELECT matching.sessionKey, held.startedAt
            FROM (
                SELECT sessionKey, createdAt
                FROM events
                WHERE $since
                    AND createdAt <= (SELECT max(endedAt) FROM sessions FINAL WHERE $started)
                    AND $filters
            ) AS matching
            ASOF INNER JOIN (
                SELECT sessionKey, startedAt, endedAt
                FROM sessions FINAL
                WHERE $started
            ) AS held
            ON matching.sessionKey = held.sessionKey AND matching.createdAt >= held.startedAt
            WHERE matching.createdAt <= held.endedAt
        )
)"""


def visits_sql(scope: Scope) -> Sql:
    """A subquery with all columns of `sessions`.

    `entered` is 1 where the entry page matches the filters on path, `exited` where the exit page does.
    """
    started = scope.sessions()
    if not scope.filters:
        return compose(STARTED, started=started)
    return compose(
        HOLDING,
        started=started,
        since=scope.events_since_start(),
        filters=scope.matching(),
        entered=path_sql(scope.filters, "entryPath"),
        exited=path_sql(scope.filters, "exitPath"),
    )
