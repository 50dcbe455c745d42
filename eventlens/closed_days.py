"""Which days of a project are summed up, kept in Redis by who sums them up, and struck off by who stores rows.

A project has two sorted sets of local days: those that wait to be summed up, and those that are. Whoever stores or
deletes rows strikes the days of their times off both once the rows can be seen, before anything that ends the work.
A day is moved from the first set to the second only if it still stands in the first: then nothing has changed since
before its rows were read. So nothing that Redis loses makes a day count that should not; it is only summed up again.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self, cast

import redis

QUARTER_MS = 900_000  # days begin at quarters of an hour, so that spans may be widened to them
LONGEST_MS = 26 * 3_600_000  # days that are longer are never summed up
MOST_SPANS = 500
LOOKED_SECONDS = 86_400

# Moves members from one set to the other, each with its new name; those that are not there any more stay out.
SETTLE = """
local moved = 0
for i = 1, #ARGV, 3 do
    if redis.call('ZREM', KEYS[1], ARGV[i]) == 1 then
        redis.call('ZADD', KEYS[2], ARGV[i + 2], ARGV[i + 1])
        moved = moved + 1
    end
end
return moved
"""


class Day(NamedTuple):
    """A local day, [start, end) in milliseconds, and since when it waits or the generation of its rows."""

    zone: str
    start: int
    end: int
    mark: int

    @property
    def member(self) -> str:
        return f"{self.zone}|{self.start}|{self.end}|{self.mark}"

    @classmethod
    def read(cls, member: bytes) -> Self:
        zone, start, end, mark = member.decode().split("|")
        return cls(zone, int(start), int(end), int(mark))


def waiting_key(project_id: str) -> str:
    return f"eventlens:days:waiting:{project_id}"


def summed_key(project_id: str) -> str:
    return f"eventlens:days:summed:{project_id}"


def looked_key(project_id: str) -> str:
    """Holds the day at which there was nothing left to sum up."""
    return f"eventlens:days:looked:{project_id}"


def swept_key(project_id: str) -> str:
    """Set for a while after rows that nobody reads any more were looked for."""
    return f"eventlens:days:swept:{project_id}"


def numbers_swept_key(project_id: str) -> str:
    """Set for a while after numbers that no day has any more were looked for."""
    return f"eventlens:days:numbers-swept:{project_id}"


def strike_off(pipe: Any, project_id: str, between: Iterable[tuple[int, int]]) -> None:
    """Rows between these instants, in milliseconds, have changed; `pipe` keeps the order of its commands."""
    spans = widened(between)
    # The waiting first: a day that is moved in between is found among those that are summed up.
    for key in (waiting_key(project_id), summed_key(project_id)):
        for low, high in spans:
            # By their ends. Within the last hours of a day the next one may go as well, which harms nobody.
            pipe.zremrangebyscore(key, f"({low}", high + LONGEST_MS)
    pipe.delete(looked_key(project_id))


def widened(between: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in quarters of an hour, joined where they meet; as one if they are too many."""
    quarters = sorted({(low // QUARTER_MS, high // QUARTER_MS + 1) for low, high in between})
    joined: list[tuple[int, int]] = []
    for low, high in quarters:
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    if len(joined) > MOST_SPANS:
        joined = [(joined[0][0], max(high for _, high in joined))]
    return [(low * QUARTER_MS, high * QUARTER_MS - 1) for low, high in joined]


def forget_project(store: "redis.Redis", project_id: str) -> None:
    for key in (waiting_key, summed_key, looked_key, swept_key, numbers_swept_key):
        store.delete(key(project_id))


def waiting(store: "redis.Redis", project_id: str) -> list[Day]:
    return read(store.zrange(waiting_key(project_id), 0, -1))


def summed(store: "redis.Redis", project_id: str, start: int = 0, end: int | None = None) -> list[Day]:
    """Those that lie in [start, end), by time."""
    until = "+inf" if end is None else end
    days = read(store.zrangebyscore(summed_key(project_id), f"({start}", until))
    return sorted(day for day in days if day.start >= start)


def read(members: Any) -> list[Day]:
    return [Day.read(member) for member in cast("list[bytes]", members)]


def wait(store: "redis.Redis", project_id: str, days: Iterable[Day]) -> None:
    """From now on whoever changes one of these days strikes it off."""
    scores: dict[str, Any] = {day.member: day.end for day in days}
    if scores:
        store.zadd(waiting_key(project_id), scores)


def drop(store: "redis.Redis", project_id: str, days: Sequence[Day]) -> None:
    """Take days that wait off the list."""
    if days:
        store.zrem(waiting_key(project_id), *[day.member for day in days])


def settle(store: "redis.Redis", project_id: str, generations: Mapping[Day, int]) -> int:
    """Days that have waited count from now on with the rows of these generations, unless they were struck off."""
    if not generations:
        return 0
    parts = [
        part
        for day, generation in generations.items()
        for part in (day.member, day._replace(mark=generation).member, day.end)
    ]
    script = store.register_script(SETTLE)
    return int(cast(Any, script(keys=[waiting_key(project_id), summed_key(project_id)], args=parts)))
