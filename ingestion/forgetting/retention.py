"""Events that a project keeps no longer go, once a day: whole months where nobody keeps them, else by project.

A turn does a few statements and looks again what is left the next time, so it may be cut short anywhere. The day is
over when a turn finds nothing more to do.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.db import Error as DatabaseFailure

from analytics.models import Project
from analytics.remembered import drop_dead_connection
from eventlens import changes
from eventlens.clickhouse import client
from eventlens.clickhouse.errors import ClickHouseError
from eventlens.clickhouse.sql import Sql, compose
from ingestion.forgetting import masks
from ingestion.log import stream
from ingestion.wire.moments import EPOCH, milliseconds

logger = logging.getLogger(__name__)

DONE = "eventlens:retention-done"  # the day for which there is nothing left to do
DONE_SECONDS = 2 * 24 * 3600
TURN_SECONDS = 5.0
UNBOUNDED = {"max_execution_time": 0, "max_rows_to_read": 0, "max_result_rows": 0}

# By which time rows are old. A session goes when its end is past: until then some of its events are still there.
TABLES = {
    "events": Sql("createdAt"),
    "bot_events": Sql("createdAt"),
    "sessions": Sql("endedAt"),
    "session_lanes": Sql("endedAt"),
    # All that was summed up of a day, once the first of it is too old. The numbers go first: while they are there,
    # so are the people.
    "day_numbers": Sql("startsAt"),
    "day_people": Sql("startsAt"),
}
# Their months can be dropped as they are: a session may reach into the next one.
DROPPED = ("events", "bot_events")

OLD = """
    projectId IN {projects:Array(String)}
    AND toUnixTimestamp64Milli($time)
        < transform(projectId, {projects:Array(String)}, {limits:Array(Int64)}, toInt64(0))
"""

WITH_OLD_ROWS = """
    SELECT DISTINCT _partition_id AS month
    FROM $table
    WHERE $old AND $time < fromUnixTimestamp64Milli({latest:Int64}, 'UTC')
    ORDER BY month
"""

DELETE = "DELETE FROM $table IN PARTITION ID {month:String} WHERE $old"

# A month is over when the next one has begun.
PAST = """
    SELECT DISTINCT partition_id AS month
    FROM system.parts
    WHERE database = currentDatabase() AND active AND table = {table:String} AND partition_id < {month:String}
    ORDER BY month
"""

DROP = "ALTER TABLE $table DROP PARTITION ID {month:String}"


@dataclass(frozen=True)
class Limits:
    """Before which moment each project's events go; `everybody` is the month that all of before nobody keeps."""

    by_project: Mapping[str, datetime]
    everybody: str  # as 202405, '' if some project keeps all


def work(now: datetime) -> None:
    """One turn, unless the day's work is done; a store that is away is told, and the next turn goes on."""
    drop_dead_connection()
    today = now.date().isoformat()
    try:
        if stream.store().get(DONE) == today.encode():
            return
        is_done = enforce(now)
        note(limits(now))
        if is_done:
            stream.store().set(DONE, today, ex=DONE_SECONDS)
    except (redis.RedisError, DatabaseFailure, ClickHouseError) as away:
        logger.warning("Old events are not removed yet, a store does not answer: %s", away)


def note(limits: Limits) -> None:
    """Also when nothing was left to do: an earlier turn may have died before it came here."""
    changes.note(stream.store(), {name: [(0, milliseconds(moment))] for name, moment in limits.by_project.items()})
    changes.note_all(stream.store(), limits.by_project)


def enforce(now: datetime) -> bool:
    """Remove for about one turn what is past; True once nothing is left, on the disk either."""
    deadline = time.monotonic() + TURN_SECONDS
    for statement in statements(limits(now)):
        client.command(statement, settings=UNBOUNDED)
        if time.monotonic() > deadline:
            return False
    return masks.remove(now) == now


def limits(now: datetime) -> Limits:
    """Days are of 24 hours, whatever the project's time zone, as ingestion counts them."""
    days = dict(Project.objects.values_list("pk", "retention_days"))
    moments = {name: before(now, kept) for name, kept in days.items() if kept}
    keeps_all = len(moments) < len(days)
    return Limits(moments, "" if keeps_all or not moments else f"{min(moments.values()):%Y%m}")


def before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=min(days, (now - EPOCH).days))


def statements(limits: Limits) -> Iterator[Sql]:
    """What there is to do; months that go as a whole come first, for what they hold need not be looked for."""
    if not limits.by_project:
        return
    for table in DROPPED:
        for month in months(Sql(PAST, {"table": table, "month": limits.everybody})):
            yield compose(DROP, {"month": month}, table=Sql(table))
    for table, time_ in TABLES.items():
        old = old_sql(limits, time_)
        latest = milliseconds(max(limits.by_project.values()))
        for month in months(compose(WITH_OLD_ROWS, {"latest": latest}, table=Sql(table), old=old, time=time_)):
            yield compose(DELETE, {"month": month}, table=Sql(table), old=old)


def months(sql: Sql) -> list[str]:
    return [row["month"] for row in client.query(sql, comment="retention", settings=UNBOUNDED)]


def old_sql(limits: Limits, time_: Sql) -> Sql:
    params = {
        "projects": list(limits.by_project),
        "limits": [milliseconds(moment) for moment in limits.by_project.values()],
    }
    return compose(OLD, params, time=time_)
