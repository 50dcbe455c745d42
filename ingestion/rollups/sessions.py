"""Sessions as the event times say, whatever the order in which events came: the rollup behind the beat.

For each touched lane the stored sessions within reach of its new events are found; together they span a window
that no session crosses, because everything outside is more than a timeout away. All events of that window are cut
into sessions anew. Every step can be repeated: a row written again is the same row with a higher version.

What it costs follows from the lanes and their windows: stored sessions are found by lane, events by day.
"""

import logging
import time
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import cast

import redis

from analytics.directory import find_project
from eventlens import changes
from eventlens.clickhouse import client
from eventlens.clickhouse.errors import (
    ClickHouseError,
    ClickHouseUnavailable,
    QueryTimeout,
    QueryTooExpensive,
)
from eventlens.clickhouse.sql import Sql, compose
from ingestion.log import lanes
from ingestion.log.lanes import Lane, Taken
from ingestion.rollups import session_sql, turns
from ingestion.rollups.turns import Progress, Renew, Turn, in_time, unhurried

logger = logging.getLogger(__name__)

CHUNK = 50_000  # lanes at a time: about 100 MiB in ClickHouse and 20 in the worker, for lanes of a few events
LOCK = "eventlens:rollup"
MEMORY = {
    "max_memory_usage": 2 * 1024**3,
    "max_bytes_before_external_group_by": 1024**3,  # beyond it ClickHouse goes on with the disk
}


def roll_up(store: "redis.Redis", *, seconds: float = turns.SECONDS) -> Progress:
    """Work off touched lanes for about so many seconds; the count is of lanes cut anew."""
    count = 0
    failed: set[str] = set()
    try:
        with turns.turn(store, LOCK, seconds) as turn:
            if turn is None:
                return Progress()
            for project_id, chunk in touched_chunks(store, failed):
                count += cut_or_fail(project_id, chunk, turn, failed)
                if turn.is_over:
                    return Progress(count, has_more=True)
    except ClickHouseUnavailable as away:
        logger.warning("Sessions wait, ClickHouse does not answer: %s", away)
    return Progress(count)


def touched_chunks(store: "redis.Redis", failed: Collection[str] = ()) -> Iterator[tuple[str, list[Lane]]]:
    """Touched lanes in pieces that ClickHouse can work off at a time, a piece of each project in turn.

    A busy project must not keep the others waiting: each call begins with another one. One that failed waits until
    the next turn.
    """
    names = cast("set[bytes]", store.smembers(lanes.PROJECTS))
    waiting = deque(Taken(store, name.decode()) for name in sorted(names))
    waiting.rotate(-int(time.monotonic()))
    while waiting:
        project = waiting.popleft()
        if chunk := project.next(CHUNK):
            yield project.project_id, chunk
            if project.project_id not in failed:
                waiting.append(project)


def cut_or_fail(project_id: str, chunk: Sequence[Lane], turn: Turn, failed: set[str]) -> int:
    """How many lanes were cut. What goes wrong with one project must not keep the others from their sessions."""
    try:
        cut_in_turn(project_id, chunk, turn)
    except ClickHouseUnavailable:
        raise
    except ClickHouseError:
        logger.exception("Sessions of project %s could not be cut; the next turn tries again.", project_id)
        failed.add(project_id)
        return 0
    return len(chunk)


def cut_in_turn(project_id: str, chunk: Sequence[Lane], turn: Turn) -> None:
    """Cut and strike off; what is too much at a time is cut in halves. Raises TurnLost or ClickHouseError."""
    try:
        starts = cut(project_id, chunk, turn.renew)
    except (QueryTooExpensive, QueryTimeout):
        if len(chunk) == 1:
            raise
        middle = len(chunk) // 2
        try:
            cut_in_turn(project_id, chunk[:middle], turn)
        finally:
            cut_in_turn(project_id, chunk[middle:], turn)
        return
    changes.note(turn.store, {project_id: [*starts, *((lane.low, lane.high) for lane in chunk)]})
    turn.done("HDEL", lanes.taken_key(project_id), [str(lane.key) for lane in chunk])


def cut(project_id: str, touched: Sequence[Lane], renew: Renew = unhurried) -> list[tuple[int, int]]:
    """Store the sessions of these lanes as the events now say; returns what starts changed, as spans."""
    params: dict[str, object] = {"project": project_id, "timeout": timeout_ms(project_id)}
    client.command(Sql(session_sql.TOUCHED))
    client.insert("touched_lanes", columns(touched), token="")
    client.command(Sql(session_sql.WINDOWS))
    client.command(Sql(session_sql.FIND_WINDOWS, params), settings=limits(renew))
    [row] = client.query(Sql(session_sql.NEWEST), comment="sessions")
    params["version"] = max(time.time_ns() // 1000, row["newest"] + 1)
    days = Sql(session_sql.DAYS)
    client.command(compose(session_sql.CUT, params, days=days), settings=limits(renew))
    client.command(compose(session_sql.BURY, params, days=days), settings=limits(renew))
    options = {**limits(renew), "max_rows_to_read": 0, "max_result_rows": 0}
    changed = client.query(compose(session_sql.CHANGED, params, days=days), comment="sessions", settings=options)
    return [(row["low"], row["high"]) for row in changed]


def limits(renew: Renew) -> Mapping[str, object]:
    return {**MEMORY, **in_time(renew)}


def columns(touched: Sequence[Lane]) -> dict[str, Sequence[object]]:
    keys, lows, highs = zip(*touched, strict=True)
    return {"lane": keys, "low": lows, "high": highs}


def timeout_ms(project_id: str) -> int:
    """The project's session timeout; that of new projects where it was deleted meanwhile."""
    project = find_project(project_id)
    return project.session_timeout_ms if project else 30 * 60 * 1000
