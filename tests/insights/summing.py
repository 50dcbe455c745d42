"""How tests have days summed up, and rows stored with a note of it, as the product's workers do."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import redis
from hypothesis import strategies as st

from eventlens import changes, closed_days
from eventlens.clickhouse import client
from eventlens.closed_days import Day
from ingestion.log import lanes
from ingestion.rollups import days as rollup
from ingestion.rollups import sessions
from insights.asking import closed, periods
from insights.asking.scope import Scope
from tests.insights.histories import HOUR, at, columns, moment, new_project, scope
from tests.insights.links import link
from tests.insights.oracle import Event
from tests.insights.strategies import WEEKS, histories

# Time zone, beginning, events by arrival, and which days are summed up after each.
Story = tuple[str, int, list[list[Event]], list[set[int]]]


def arrived(store: "redis.Redis", project: str, events: Sequence[Event], token: str) -> None:
    """Stored, cut into sessions and noted."""
    if not events:
        return
    client.insert("events", columns(project, events), token=f"{project}{token}")
    touched = lanes.touched_lanes((project, one.session, one.device, one.at) for one in events)
    changes.note(store, {project: touched[project].values()})
    starts = sessions.cut({project: [lanes.Lane(key, *span) for key, span in touched[project].items()]})
    changes.note(store, {project: [*starts[project], *touched[project].values()]})


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


@contextmanager
def asked_raw() -> Iterator[None]:
    """Meanwhile no question knows of days that are summed up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closed, "known", lambda _: [])
        yield


def sum_up_more(store: "redis.Redis", project: str, zone: str, first: date, chosen: Iterable[int]) -> None:
    """Those of the days, numbered from the first, that are not summed up yet."""
    known = {day.start for day in closed_days.summed(store, project)}
    dates = ((first + timedelta(days=number)).isoformat() for number in chosen)
    summed_up(store, project, zone, *(one for one in dates if local_day(zone, one).start not in known))


@st.composite
def stories(draw: Any) -> Story:
    """A zone, when it begins, events in two parts of arrival, and which days are summed up after each part."""
    zone = draw(st.sampled_from(sorted(WEEKS)))
    start = at(WEEKS[zone])
    events = draw(histories(start))
    chosen = draw(st.lists(st.sets(st.integers(-1, 9)), min_size=2, max_size=2))
    return zone, start, [events[: len(events) // 2], events[len(events) // 2 :]], chosen


def asked_of(story: Story, known: dict[str, str] | None, later: int, hours: int) -> Scope:
    """So many hours of a new project, from `later` after the story's beginning on; `known` are its links."""
    zone, start, _, _ = story
    project = new_project()
    if known is not None:
        link(project, known)
    begins = start + later
    return replace(scope(project, begins, begins + hours * HOUR, zone), is_linked=known is not None)


def played(store: "redis.Redis", story: Story, asked: Scope) -> Iterator[None]:
    """Each arrival, and the days that are summed up after it."""
    zone, start, arrivals, chosen = story
    first = periods.local_day(moment(start), asked.timezone)
    for number, (events, some) in enumerate(zip(arrivals, chosen, strict=True)):
        arrived(store, asked.project, events, str(number))
        sum_up_more(store, asked.project, zone, first, some)
        yield
