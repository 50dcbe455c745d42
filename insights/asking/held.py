"""Events beside the session that holds each of them."""

from collections.abc import Sequence

from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking.scope import Scope

# An event belongs to the session of its lane that started last before it; one newer than the last rollup to none yet.
HELD = """(
    SELECT
        $ofEvents
    FROM events
    WHERE $events AND $met
) AS happened
ASOF INNER JOIN (
    SELECT
        $ofSessions
    FROM sessions FINAL
    WHERE $sessions
) AS visit
ON happened.lane = visit.sessionKey AND happened.happenedAt >= visit.startedAt
WHERE happened.happenedAt <= visit.endedAt"""
LANE = (Sql("events.sessionKey AS lane"), Sql("events.createdAt AS happenedAt"))
VISIT = (Sql("sessionKey"), Sql("startedAt"), Sql("endedAt"))

# Sessions that start in the range may end after it, so their events are looked for until the last of them ends.
UNTIL_LAST = "$since AND events.createdAt <= (SELECT max(endedAt) FROM sessions FINAL WHERE $started)"


def in_range(scope: Scope, met: Sql, of_events: Sequence[Sql]) -> Sql:
    """`happened`: matching events of the range, with these columns; `visit`: their sessions, whenever begun."""
    return held(scope.events(), scope, met, of_events, scope.sessions_open(), ())


def of_started(scope: Scope, met: Sql, of_events: Sequence[Sql] = (), of_sessions: Sequence[Sql] = ()) -> Sql:
    """`visit`: the sessions that started in the range; `happened`: all of their matching events."""
    started = scope.sessions()
    events = compose(UNTIL_LAST, since=scope.events_since_start(), started=started)
    return held(events, scope, met, of_events, started, of_sessions)


def held(
    events: Sql, scope: Scope, met: Sql, of_events: Sequence[Sql], sessions: Sql, of_sessions: Sequence[Sql]
) -> Sql:
    return compose(
        HELD,
        ofEvents=join([*of_events, *LANE], ",\n        "),
        events=events,
        met=compose("$filters AND $met", filters=scope.matching(), met=met),
        ofSessions=join([*of_sessions, *VISIT], ",\n        "),
        sessions=sessions,
    )
