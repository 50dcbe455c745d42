"""The sessions that a question counts: those that started in the range and, with filters, hold a matching event."""

from eventlens.clickhouse.sql import Sql, compose
from insights.asking.filters import path_sql
from insights.asking.held import of_started
from insights.asking.scope import Scope

STARTED = """(
    SELECT *, 1 AS entered, 1 AS exited
    FROM sessions FINAL
    WHERE $started
)"""

HOLDING = """(
    SELECT *, $entered AS entered, $exited AS exited
    FROM sessions FINAL
    WHERE $started
        AND (sessionKey, startedAt) IN (
            SELECT happened.lane, visit.startedAt
            FROM $held
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
        held=of_started(scope, Sql("1")),
        entered=path_sql(scope.filters, "entryPath"),
        exited=path_sql(scope.filters, "exitPath"),
    )
