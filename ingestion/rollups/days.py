"""Days that are over, summed up once: how much happened on each, and who was there; the rollup behind the beat.

A day of the project's own time zone waits from the moment on at which it is seen to be over and not summed up.
Whoever stores or deletes rows of it strikes it off (eventlens.closed_days), and it waits anew. So days that events
still come into, as in an import, are left alone, and asked raw. After a quiet while its rows are written whole, as a
generation of their own, and count only if nobody has struck the day off meanwhile.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import redis
from django.db import Error as DatabaseFailure

from analytics.models import Project
from analytics.remembered import drop_dead_connection
from analytics.timezones import day_start, is_known
from eventlens import closed_days
from eventlens.clickhouse import client
from eventlens.clickhouse.errors import (
    ClickHouseError,
    ClickHouseUnavailable,
    QueryTimeout,
    QueryTooExpensive,
)
from eventlens.clickhouse.sql import Sql, compose
from eventlens.closed_days import Day
from ingestion.rollups import day_sql, numbers, turns
from ingestion.rollups.turns import Progress, Turn
from ingestion.wire.moments import milliseconds

logger = logging.getLogger(__name__)

LOCK = "eventlens:rollup:days"
LOCK_SECONDS = 60
QUIET_MS = 120_000
PAUSE_MS = 3_600_000  # before a day that is too much is tried again
MOST_DAYS = 2_000  # older ones are asked raw
AT_ONCE = 7  # days a statement
UNUSED_MS = 3_600_000
RANDOM_BITS = 20
MEMORY = {"max_memory_usage": 2 * 1024**3, "max_bytes_before_external_group_by": 1024**3}

Renew = Callable[[], float]


def roll_up(
    store: "redis.Redis", now: datetime, *, seconds: float = turns.SECONDS, quiet_ms: int = QUIET_MS
) -> Progress:
    """Sum up days of all projects for about so many seconds; the count is of days."""
    drop_dead_connection()
    count = 0
    try:
        with turns.turn(store, LOCK, seconds, LOCK_SECONDS) as turn:
            if turn is None:
                return Progress()
            for project_id, zone in zones():
                count += sum_up_in_turn(store, project_id, zone, milliseconds(now), turn, quiet_ms)
                if turn.is_over:
                    return Progress(count, has_more=True)
    except (ClickHouseUnavailable, DatabaseFailure) as away:
        logger.warning("Days wait to be summed up, a store does not answer: %s", away)
    return Progress(count)


def zones() -> list[tuple[str, str]]:
    """Projects with their time zones, in another order each time: none keeps the others waiting for ever."""
    found = list(Project.objects.values_list("pk", "timezone"))
    secrets.SystemRandom().shuffle(found)
    return [(project_id, zone if is_known(zone) else "UTC") for project_id, zone in found]


def sum_up_in_turn(store: "redis.Redis", project_id: str, zone: str, now: int, turn: Turn, quiet_ms: int) -> int:
    """How many days were summed up. What goes wrong with one project must not keep the others waiting."""
    count = 0
    try:
        for days in runs(quiet_days(store, project_id, zone, now, quiet_ms)):
            if turn.is_over:
                break
            count += sum_up(store, project_id, days, now, turn.renew)
        sweep(store, project_id, now)
        numbers.sweep(store, project_id, lambda: limits(turn.renew))
    except ClickHouseUnavailable:
        raise
    except ClickHouseError:
        logger.exception("Days of project %s could not be summed up; the next turn tries again.", project_id)
    return count


def quiet_days(store: "redis.Redis", project_id: str, zone: str, now: int, quiet_ms: int) -> list[Day]:
    """Days that have waited long enough, by time; those that are over and unknown wait from now on."""
    looked = f"{zone}|{now // closed_days.QUARTER_MS}"
    if store.get(closed_days.looked_key(project_id)) == looked.encode():
        return []
    # Before the sets are read: who strikes off a day afterwards takes this away again.
    store.set(closed_days.looked_key(project_id), looked, ex=closed_days.LOOKED_SECONDS)
    waiting, summed = closed_days.waiting(store, project_id), closed_days.summed(store, project_id)
    for key, days in (
        (closed_days.waiting_key(project_id), waiting),
        (closed_days.summed_key(project_id), summed),
    ):
        if elsewhere := [day.member for day in days if day.zone != zone]:
            store.zrem(key, *elsewhere)
    waiting = [day for day in waiting if day.zone == zone]
    known = {(day.start, day.end) for day in (*waiting, *summed) if day.zone == zone}
    new = [Day(zone, *span, now) for span in over(project_id, ZoneInfo(zone), now) if span not in known]
    closed_days.wait(store, project_id, new)
    if waiting or new:
        store.delete(closed_days.looked_key(project_id))
    return sorted(day for day in (*waiting, *new) if day.mark <= now - quiet_ms)


def over(project_id: str, zone: ZoneInfo, now: int) -> Iterator[tuple[int, int]]:
    """The days that are over, from the first with an event on."""
    earliest = now - MOST_DAYS * 86_400_000
    found = client.query(Sql(day_sql.FIRST, {"project": project_id, "from": earliest}), comment="days")
    for row in found:
        begins = row["at"] - row["at"] % 86_400_000
        starts = [milliseconds(day_start(day, zone)) for day in calendar(begins, now, zone)]
        yield from (
            (start, end)
            for start, end in pairwise(starts)
            if start < end <= now and end - start < closed_days.LONGEST_MS
        )


def calendar(begins: int, ends: int, zone: ZoneInfo) -> Iterator[date]:
    first, last = (datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date() for at in (begins, ends))
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def runs(days: Sequence[Day]) -> Iterator[list[Day]]:
    """Days that follow each other, as many as are summed up at once."""
    run: list[Day] = []
    for day in days:
        if run and (day.start != run[-1].end or len(run) == AT_ONCE):
            yield run
            run = []
        run.append(day)
    if run:
        yield run


def sum_up(store: "redis.Redis", project_id: str, days: Sequence[Day], now: int, renew: Renew) -> int:
    """How many of the days count now; what is too much at a time is done in halves."""
    try:
        generations = written(project_id, days, renew)
    except (QueryTooExpensive, QueryTimeout):
        if len(days) > 1:
            middle = len(days) // 2
            return sum(sum_up(store, project_id, part, now, renew) for part in (days[:middle], days[middle:]))
        logger.exception("A day of project %s is too much to be summed up; it is asked raw.", project_id)
        closed_days.drop(store, project_id, days)
        closed_days.wait(store, project_id, [day._replace(mark=now + PAUSE_MS) for day in days])
        return 0
    except numbers.NotUnique:
        numbers.start_anew(store, project_id, lambda: limits(renew))
        return 0
    renew()
    return closed_days.settle(store, project_id, generations)


def written(project_id: str, days: Sequence[Day], renew: Renew) -> Mapping[Day, int]:
    """Write the rows of days that follow each other; answers each day's generation, none if they may not count."""
    generations = {day: new_generation() for day in days}
    starts = [day.start for day in days]
    params = day_sql.parameters(project_id, starts, days[-1].end, list(generations.values()))
    numbers.assign(params, lambda: limits(renew))
    client.command(day_sql.people_sql(params), settings=limits(renew))
    if not numbers.are_right(params, lambda: limits(renew)):
        return {}
    client.command(day_sql.numbers_sql(params), settings=limits(renew))
    return generations


def new_generation() -> int:
    """By time, so that it tells its age, and of no other worker's."""
    return generation_at(time.time_ns() // 1_000_000) + secrets.randbits(RANDOM_BITS)


def generation_at(moment: int) -> int:
    """The lowest of a millisecond."""
    return moment << RANDOM_BITS


def limits(renew: Renew) -> Mapping[str, object]:
    """What was begun ends while nobody else can be at work."""
    return {**MEMORY, "max_execution_time": max(1, int(renew() / 2))}


def sweep(store: "redis.Redis", project_id: str, now: int) -> None:
    """Once in a while delete the rows that nobody reads any more."""
    if not store.set(closed_days.swept_key(project_id), 1, nx=True, px=UNUSED_MS):
        return
    params = {
        "project": project_id,
        "before": generation_at(now - UNUSED_MS),
        "summed": [day.mark for day in closed_days.summed(store, project_id)],
    }
    for table in map(Sql, day_sql.TABLES):
        unused = Sql(day_sql.UNUSED, params)
        if client.query(compose(day_sql.ANY_UNUSED, table=table, unused=unused), comment="days"):
            client.command(compose(day_sql.DELETE_UNUSED, table=table, unused=unused))
