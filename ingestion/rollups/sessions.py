"""Sessions as the event times say, whatever the order in which events came: the rollup behind the beat.

For each touched lane the stored sessions within reach of its new events are found; together they span a window
that no session crosses, because everything outside is more than a timeout away. All events of that window are cut
into sessions anew. Every step can be repeated: a row written again is the same row with a higher version.

What it costs follows from the lanes and their windows: stored sessions are found by lane, events by day. Small
projects are cut together, for the statements alone cost a tenth of a second.
"""

import logging
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import redis

from analytics.directory import find_project
from eventlens import changes
from eventlens.api import Unavailable
from eventlens.clickhouse import client
from eventlens.clickhouse.errors import ClickHouseError, ClickHouseUnavailable
from eventlens.clickhouse.sql import Sql, compose
from ingestion.log import lanes
from ingestion.log.lanes import Lane, Taken
from ingestion.rollups import session_sql, turns
from ingestion.rollups.apart import Apart, Touched, bring_back
from ingestion.rollups.turns import Progress, Renew, Turn, in_time, unhurried

logger = logging.getLogger(__name__)

CHUNK = 50_000  # lanes at a time: about 100 MiB in ClickHouse and 20 in the worker, for lanes of a few events
MOST_PROJECTS = 200  # at a time: looking for their lanes takes a part of the lock's life
LOCK = "eventlens:rollup"
MEMORY = {
    "max_memory_usage": 2 * 1024**3,
    "max_bytes_before_external_group_by": 1024**3,  # beyond it ClickHouse goes on with the disk
}


def roll_up(store: "redis.Redis", *, seconds: float = turns.SECONDS) -> Progress:
    """Work off touched lanes for about so many seconds; the count is of lanes cut anew."""
    count = 0
    try:
        with turns.turn(store, LOCK, seconds) as turn:
            if turn is None:
                return Progress()
            bring_back(store)
            apart = Apart(store)
            for touched in touched_chunks(store, apart):
                count += cut_in_turn(touched, turn, apart)
                if turn.is_over:
                    return Progress(count, has_more=True)
    except (ClickHouseUnavailable, Unavailable) as away:
        logger.warning("Sessions wait, a store does not answer: %s", away)
    return Progress(count)


def touched_chunks(store: "redis.Redis", apart: Apart) -> Iterator[Touched]:
    """As many touched lanes as ClickHouse can work off at a time, of one project after the other.

    A busy project must not keep the others waiting: what it has more comes behind them, and each call begins with
    another one. What was not struck off comes again, unless the project is given up for this turn.
    """
    names = cast("set[bytes]", store.smembers(lanes.PROJECTS))
    waiting = deque(Taken(store, name.decode()) for name in sorted(names))
    waiting.rotate(-int(time.monotonic()))
    while waiting:
        touched: dict[str, Sequence[Lane]] = {}
        served: list[Taken] = []
        room = CHUNK
        while waiting and room and len(served) < MOST_PROJECTS:
            project = waiting.popleft()
            is_apart = project.project_id in apart.sizes
            if is_apart and touched:  # what has been gathered goes first
                waiting.appendleft(project)
                break
            if some := project.next(apart.most(project.project_id, room)):
                served.append(project)
                if bearable := apart.bearable(project.project_id, some):
                    touched[project.project_id] = bearable
                room -= len(some)
            if is_apart:
                break
        if touched:
            yield touched
        # Only now: what was cut is struck off, and does not come again.
        waiting += [project for project in served if project.project_id not in apart.given_up]


def cut_in_turn(touched: Touched, turn: Turn, apart: Apart) -> int:
    """Cut and strike off; how many lanes were cut. Raises TurnLost, ClickHouseUnavailable or Unavailable.

    What goes wrong with one project must not keep the others from their sessions.
    """
    try:
        starts = cut(touched, turn.renew)
    except ClickHouseUnavailable:
        raise
    except ClickHouseError as wrong:
        names = ", ".join(touched)
        logger.warning("Sessions of %s could not be cut together; fewer are tried next: %s", names, wrong)
        apart.was_not_cut(touched)
        return 0
    spans = {project_id: [(lane.low, lane.high) for lane in some] for project_id, some in touched.items()}
    changes.note(turn.store, {project_id: [*starts[project_id], *spans[project_id]] for project_id in touched})
    for project_id, some in touched.items():
        turn.done("HDEL", lanes.taken_key(project_id), [str(lane.key) for lane in some])
    apart.was_cut(touched)
    return sum(map(len, touched.values()))


def cut(touched: Touched, renew: Renew = unhurried) -> dict[str, list[tuple[int, int]]]:
    """Store the sessions of these lanes as the events now say; returns what starts changed, as spans by project."""
    params: dict[str, object] = {"projects": list(touched)}
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
    changed: dict[str, list[tuple[int, int]]] = {project_id: [] for project_id in touched}
    for row in client.query(compose(session_sql.CHANGED, params, days=days), comment="sessions", settings=options):
        changed[row["project"]].append((row["low"], row["high"]))
    return changed


def limits(renew: Renew) -> Mapping[str, object]:
    return {**MEMORY, **in_time(renew)}


def columns(touched: Touched) -> dict[str, Sequence[object]]:
    timeouts = {project_id: timeout_ms(project_id) for project_id in touched}
    rows = [(project_id, *lane, timeouts[project_id]) for project_id, some in touched.items() for lane in some]
    names = ("project", "lane", "low", "high", "timeout")
    return {"number": list(range(len(rows))), **dict(zip(names, zip(*rows, strict=True), strict=True))}


def timeout_ms(project_id: str) -> int:
    """The project's session timeout; that of new projects where it was deleted meanwhile."""
    project = find_project(project_id)
    return project.session_timeout_ms if project else 30 * 60 * 1000
