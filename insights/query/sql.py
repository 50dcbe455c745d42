"""The SQL of the query, as it runs: events and sessions are counted apart and joined by what they are grouped by."""

from collections.abc import Iterable, Sequence

from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking.filters import path_sql
from insights.asking.groupings import OF_SESSIONS, Grouping, Groupings, bucket_sql, of_event, of_events, source
from insights.asking.held import of_started
from insights.asking.metrics import COUNTED, NO_GOAL, metrics_sql
from insights.asking.scope import Scope
from insights.asking.visits import visits_sql

EVENTS = """(
    SELECT
    $columns
    FROM $source
    WHERE $events AND $filters
    $grouped
)"""

SESSIONS = """(
    SELECT
    $columns
    FROM $visits
    $grouped
)"""

# A session counts once for each value that one of its matching events has, as it would under a filter on the value.
VISITS_BY_VALUE = """(
    SELECT
        $aliases,
        any(visit.duration) AS duration,
        any(visit.isBounce) AS isBounce,
        any(visit.screenViews) AS screenViews,
        any($entered) AS entered,
        any($exited) AS exited
    FROM $held
    GROUP BY $aliases, visit.sessionKey, visit.startedAt
)"""

# Of time alone every bucket is a row, whether anything happened in it or not.
EVERY_BUCKET = "(SELECT arrayJoin({buckets:Array(Int64)}) AS $alias) AS present"

QUERY = """
SELECT
    $columns
FROM $groups
WHERE $wanted
ORDER BY $order
$page
"""

COUNT = """
SELECT count() AS totalRows
FROM $groups
"""


ANY_GROUP = Sql("1")


def events_sql(scope: Scope, groupings: Groupings, names: Iterable[str], goal: Sql) -> Sql:
    return compose(
        EVENTS,
        columns=columns(of_events(groupings, scope), metrics_sql("events", scope, names, goal)),
        source=source(groupings, scope),
        events=scope.events(),
        filters=scope.matching(),
        grouped=grouped(groupings),
    )


def sessions_sql(scope: Scope, groupings: Groupings, names: Iterable[str]) -> Sql:
    counted = metrics_sql("sessions", scope, names)
    if groupings.ask_events:
        visits, by = visits_by_value(scope, groupings), groupings.aliases
    else:
        visits, by = visits_sql(scope), of_sessions(groupings, groupings)
    return compose(SESSIONS, columns=columns(by, counted), visits=visits, grouped=grouped(groupings))


def visits_by_value(scope: Scope, groupings: Groupings) -> Sql:
    by_event = [one for one in groupings if one.is_of_event]
    by_session = [one for one in groupings if not one.is_of_event]
    of_visits = [compose(f"$value AS {one.alias}", value=of_session(one, groupings)) for one in by_session]
    of_visits += [Sql(name) for name in ("duration", "isBounce", "screenViews")]
    of_visits += [
        compose("$met AS entered", met=path_sql(scope.filters, "entryPath")),
        compose("$met AS exited", met=path_sql(scope.filters, "exitPath")),
    ]
    if any(one.name == "path" for one in by_event):
        of_visits.append(Sql("entryPath, exitPath"))
    values = [compose(f"$value AS {one.alias}", value=of_event(one, groupings, scope)) for one in by_event]
    return compose(
        VISITS_BY_VALUE,
        aliases=groupings.aliases,
        held=of_started(scope, Sql("1"), values, of_visits),
        entered=on_same_path("entered", "entryPath", by_event),
        exited=on_same_path("exited", "exitPath", by_event),
    )


def on_same_path(flag: str, path: str, by_event: Iterable[Grouping]) -> Sql:
    """Grouping by path means for entries and exits what a filter on the path does."""
    same = [f"visit.{path} = happened.{one.alias}" for one in by_event if one.name == "path"]
    return Sql(" AND ".join([f"visit.{flag}", *same]))


def of_sessions(some: Iterable[Grouping], groupings: Groupings) -> Sql:
    return join((compose(f"$value AS {one.alias}", value=of_session(one, groupings)) for one in some), ", ")


def of_session(one: Grouping, groupings: Groupings) -> Sql:
    return bucket_sql(groupings, "startedAt") if one.is_time else Sql(f"toString({OF_SESSIONS[one.name]})")


def columns(*some: Sql) -> Sql:
    return join((one for one in some if one), ",\n    ")


def grouped(groupings: Groupings) -> Sql:
    return compose("GROUP BY $aliases", aliases=groupings.aliases) if groupings.names else Sql("")


def groups_sql(scope: Scope, groupings: Groupings, names: Sequence[str], goal: Sql) -> Sql:
    """A table with a column for each dimension and each of the metrics that is counted from rows."""
    parts = [compose("$part AS happened", part=events_sql(scope, groupings, names, goal))] * counts("events", names)
    parts += [compose("$part AS visited", part=sessions_sql(scope, groupings, names))] * counts("sessions", names)
    if not groupings.names:
        return join(parts, "\nCROSS JOIN ")
    if len(groupings.names) == 1 and groupings.time:
        buckets = {"buckets": groupings.milliseconds()}
        return joined([compose(EVERY_BUCKET, buckets, alias=groupings.aliases), *parts], "LEFT", groupings)
    return joined(parts, "FULL OUTER", groupings)


def counts(rows: str, names: Iterable[str]) -> bool:
    return any(COUNTED[name].rows == rows for name in names)


def joined(parts: Sequence[Sql], kind: str, groupings: Groupings) -> Sql:
    first, *others = parts
    join_one = f"\n{kind} JOIN $other USING ($using)"
    return join([first, *(compose(join_one, other=one, using=groupings.aliases) for one in others)], "")


def query_sql(
    scope: Scope, groupings: Groupings, names: Sequence[str], order: Sql, wanted: Sql = ANY_GROUP, goal: Sql = NO_GOAL
) -> Sql:
    """`names` are all metrics that are needed, in an order in which each comes after those that it needs."""
    answered = [f"{COUNTED[name].sql.text} AS {name}" if COUNTED[name].rows == "answer" else name for name in names]
    return compose(
        QUERY,
        columns=columns(groupings.aliases, Sql(",\n    ".join(answered))),
        groups=groups_sql(scope, groupings, names, goal),
        wanted=wanted,
        order=order,
        page=scope.page(),
    )


def count_sql(scope: Scope, groupings: Groupings, names: Sequence[str]) -> Sql:
    """How many rows the whole answer has."""
    return compose(COUNT, groups=groups_sql(scope, groupings, names, NO_GOAL))
