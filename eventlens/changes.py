"""What has changed in a project's rows, noted by who stores them and read by who keeps answers.

A hash for each project has a counter for each day (UTC, of the events' own time) and one for all days at once. Rows
are noted only when they can be seen, and an answer is kept under the counters that were read before it was asked for:
an answer that missed them is never found again. So a counter that is not there, or not any more, begins with the
clock's microseconds: what it counts was never counted before.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any, cast

import redis

from eventlens import closed_days

DAY_MS = 86_400_000
ALL = "all"
ALL_AT = "all at"  # epoch seconds
MOST_DAYS = 400  # noted one by one
KEPT_SECONDS = 86_400  # far longer than any answer


def key_of(project_id: str) -> str:
    return f"eventlens:changes:{project_id}"


def note(store: "redis.Redis", spans: Mapping[str, Iterable[tuple[int, int]]]) -> None:
    """Rows between these instants, in epoch milliseconds, are there or gone now."""
    with store.pipeline(transaction=False) as pipe:
        for project_id, some in spans.items():
            between = list(some)
            for field in fields_of(between):
                count(pipe, project_id, field)
            pipe.expire(key_of(project_id), KEPT_SECONDS)
            closed_days.strike_off(pipe, project_id, between)
        pipe.execute()


def note_all(store: "redis.Redis", project_ids: Iterable[str]) -> None:
    """Something that may change the answer about any day, such as who is who."""
    with store.pipeline(transaction=False) as pipe:
        for project_id in project_ids:
            count(pipe, project_id, ALL)
            pipe.hset(key_of(project_id), ALL_AT, int(time.time()))
            pipe.expire(key_of(project_id), KEPT_SECONDS)
        pipe.execute()


def count(pipe: Any, project_id: str, field: str) -> None:
    pipe.hsetnx(key_of(project_id), field, time.time_ns() // 1000)
    pipe.hincrby(key_of(project_id), field, 1)


def fields_of(between: Iterable[tuple[int, int]]) -> set[str]:
    days: set[int] = set()
    for first, last in {(low // DAY_MS, high // DAY_MS) for low, high in between}:
        if last - first > MOST_DAYS or len(days) > MOST_DAYS:
            return {ALL}
        days.update(range(first, last + 1))
    return {str(day) for day in days}


def version(store: "redis.Redis", project_id: str, until_ms: int) -> tuple[str, int]:
    """Another text after each change of what happened before an instant, and when all days changed last."""
    last = until_ms // DAY_MS
    noted = cast("dict[bytes, bytes]", store.hgetall(key_of(project_id)))
    counters = {name.decode(): int(count) for name, count in noted.items()}
    at = counters.pop(ALL_AT, 0)
    return repr(sorted(one for one in counters.items() if one[0] == ALL or int(one[0]) <= last)), at
