"""Sessions as the event times say, whatever the order in which events came: the rollup behind the beat.

For each touched lane the stored sessions within reach of its new events are found; together they span a window
that no session crosses, because everything outside is more than a timeout away. All events of that window are cut
into sessions anew. Every step can be repeated: a row written again is the same row with a higher version.
"""

import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, cast

import redis

from analytics.directory import find_project
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion import lanes
from ingestion.lanes import Lane
from ingestion.session_sql import CUT, EXISTING

logger = logging.getLogger(__name__)

CHUNK = 10_000  # lanes a statement; three numbers each travel as parameters
LOCK = "eventlens:rollup"
LOCK_SECONDS = 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MEMORY = {"max_memory_usage": 2 * 1024**3}


@dataclass(frozen=True)
class Window:
    """The time of one lane that is cut anew, and the sessions stored in it so far."""

    lane: int
    low: int
    high: int
    stored: tuple[tuple[int, int], ...]  # (start, end) in ms


def roll_up(store: "redis.Redis", *, seconds: float = 3.0) -> int:
    """Work off touched lanes for at most about `seconds`; returns how many were cut anew."""
    deadline = time.monotonic() + seconds
    lock = store.lock(LOCK, timeout=LOCK_SECONDS, blocking=False)
    if not lock.acquire():
        return 0
    count = 0
    try:
        for project_id, chunk in touched_chunks(store):
            cut(project_id, chunk)
            lanes.done(store, project_id, chunk)
            count += len(chunk)
            if time.monotonic() > deadline:
                break
            lock.reacquire()
        lock.release()
    except redis.exceptions.LockError:
        # Another rollup took over; it repeats what this one did, which changes nothing.
        logger.warning("A session rollup outlived its lock of %s s; the next one goes on.", LOCK_SECONDS)
    return count


def touched_chunks(store: "redis.Redis") -> Iterator[tuple[str, list[Lane]]]:
    """Touched lanes in pieces that one statement can carry, a piece of each project in turn.

    A busy project must not keep the others waiting: each call begins with another one.
    """
    names = cast("set[bytes]", store.smembers(lanes.PROJECTS))
    waiting = deque(sorted(name.decode() for name in names))
    waiting.rotate(-int(time.monotonic()))
    while waiting:
        project_id = waiting.popleft()
        if lanes.take(store, project_id):
            fields = dict(islice(store.hscan_iter(lanes.taken_key(project_id), count=CHUNK), CHUNK))
            yield project_id, lanes.parse(fields)
            waiting.append(project_id)


def cut(project_id: str, touched: Sequence[Lane]) -> None:
    """Store the sessions of these lanes as the events now say."""
    timeout = timeout_ms(project_id)
    stored = existing(project_id, touched)
    windows = [window(lane, stored.get(lane.key, []), timeout) for lane in touched]
    newest = max((row["newest"] for rows in stored.values() for row in rows), default=0)
    version = max(time.time_ns() // 1000, newest + 1)
    client.command(cut_sql(project_id, windows, timeout, version), settings=MEMORY)
    bury(project_id, touched, windows, version)


def timeout_ms(project_id: str) -> int:
    """The project's session timeout; that of new projects where it was deleted meanwhile."""
    project = find_project(project_id)
    return project.session_timeout_ms if project else 30 * 60 * 1000


def existing(project_id: str, touched: Sequence[Lane]) -> dict[int, list[dict[str, Any]]]:
    """The stored sessions of these lanes, by lane."""
    params = {"project": project_id, "lanes": [lane.key for lane in touched]}
    result: dict[int, list[dict[str, Any]]] = {}
    for row in client.query(Sql(EXISTING, params), comment="sessions", settings={"max_result_rows": 0}):
        result.setdefault(row["sessionKey"], []).append(row)
    return result


def window(lane: Lane, stored: Sequence[dict[str, Any]], timeout: int) -> Window:
    """The lane's new events and every stored session that they may have changed."""
    near = []
    for row in stored:
        start, end = milliseconds(row["startedAt"]), milliseconds(row["ended"])
        # A client's own session has no gap that ends it, but then it is the lane's only one.
        if row["isOwn"] or (end >= lane.low - timeout and start <= lane.high + timeout):
            near.append((start, end))
    low = min([lane.low, *(start for start, _ in near)])
    high = max([lane.high, *(end for _, end in near)])
    return Window(lane.key, low, high, tuple(near))


def cut_sql(project_id: str, windows: Sequence[Window], timeout: int, version: int) -> Sql:
    """The statement that cuts the events of all windows into sessions and stores them."""
    return Sql(
        CUT,
        {
            "project": project_id,
            "lanes": [one.lane for one in windows],
            "lows": [one.low for one in windows],
            "highs": [one.high for one in windows],
            "earliest": moment(min(one.low for one in windows)),
            "latest": moment(max(one.high for one in windows)),
            "timeout": timeout,
            "version": version,
        },
    )


def bury(project_id: str, touched: Sequence[Lane], windows: Sequence[Window], version: int) -> None:
    """Mark as deleted what was a session's start before and, by the new events, no longer is."""
    before = {(one.lane, start): end for one in windows for start, end in one.stored}
    if not before:
        return
    now = existing(project_id, touched)
    still = {
        (lane, milliseconds(row["startedAt"]))
        for lane, rows in now.items()
        for row in rows
        if row["newest"] >= version
    }
    gone = sorted(before.keys() - still)
    if not gone:
        return
    columns: dict[str, Sequence[object]] = {
        "projectId": [project_id] * len(gone),
        "sessionKey": [lane for lane, _ in gone],
        "startedAt": [moment(start) for _, start in gone],
        "endedAt": [moment(before[key]) for key in gone],
        "version": [version] * len(gone),
        "isDeleted": [1] * len(gone),
    }
    client.insert("sessions", columns, token=f"bury:{project_id}:{version}")


def milliseconds(time_: datetime) -> int:
    """Since 1970, exactly."""
    return (time_ - EPOCH) // timedelta(milliseconds=1)


def moment(ms: int) -> datetime:
    """The aware time of so many milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=ms)
