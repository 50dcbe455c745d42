"""How tests have days summed up, and rows stored with a note of it, as the product's workers do."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import redis

from eventlens import changes, closed_days
from eventlens.clickhouse import client
from eventlens.closed_days import Day
from ingestion.log import lanes
from ingestion.rollups import days as rollup
from ingestion.rollups import sessions
from tests.insights.histories import at, columns
from tests.insights.oracle import Event


def arrived(store: "redis.Redis", project: str, events: Sequence[Event], token: str) -> None:
    """Stored, cut into sessions and noted."""
    if not events:
        return
    client.insert("events", columns(project, events), token=f"{project}{token}")
    touched = lanes.touched_lanes((project, one.session, one.device, one.at) for one in events)
    changes.note(store, {project: touched[project].values()})
    starts = sessions.cut(project, [lanes.Lane(key, *span) for key, span in touched[project].items()])
    changes.note(store, {project: [*starts, *touched[project].values()]})


def local_day(zone: str, day: str) -> Day:
    """A day as it waits; `day` is a date."""
    first = date.fromisoformat(day)
    begins = [datetime(one.year, one.month, one.day, tzinfo=ZoneInfo(zone)) for one in (first, first + timedelta(1))]
    start, end = (at(moment.astimezone(UTC).isoformat()) for moment in begins)
    return Day(zone, start, end, 0)


def summed_up(store: "redis.Redis", project: str, zone: str, *dates: str) -> int:
    """Have these days summed up; how many of them count then."""
    days = sorted(local_day(zone, one) for one in dates)
    closed_days.wait(store, project, days)
    return sum(rollup.sum_up(store, project, run, 0, lambda: 60.0) for run in rollup.runs(days))
