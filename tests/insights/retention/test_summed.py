"""Retention from days that are summed up: the same cells as from the events, and none of them read."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from eventlens import short_memory
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from insights.asking import periods
from insights.asking.filters import Filter
from insights.asking.scope import Scope
from insights.asking.vocabulary import INTERVALS
from insights.retention import retention
from tests.generated import cases
from tests.insights.histories import DAY, HOUR, at, moment, new_project, scope
from tests.insights.links import links
from tests.insights.oracle import Event
from tests.insights.summing import Story, arrived, asked_of, asked_raw, played, stories, summed_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

FIRST = at("2024-03-04T00:00")  # a Monday


@pytest.fixture(autouse=True)
def answering(store: "redis.Redis") -> None:
    short_memory.Pause.until = 0.0


def params(asked: Scope, period: str, **how: Any) -> retention.Params:
    found = periods.boundaries(INTERVALS[period], asked.start, asked.end, asked.timezone, 400) or []
    return retention.Params(asked, period, tuple(found), asked.end, **how)


def cells(asked: Scope, period: str, **how: Any) -> list[tuple[str, int, int]]:
    rows = retention.answer(params(asked, period, **how))
    return [(row["cohortDate"], row["periodNumber"], row["retainedUsers"]) for row in rows]


def test_events_of_days_that_are_summed_up_are_not_read(store: "redis.Redis") -> None:
    project = new_project()
    seen = [Event(FIRST + day * DAY, device=device, order=day) for day, device in ((0, "a"), (1, "b"), (8, "a"))]
    arrived(store, project, seen, "1")
    dates = [(moment(FIRST) + timedelta(days=day)).date().isoformat() for day in range(14)]
    assert summed_up(store, project, "UTC", *dates) == 14

    client.command(Sql("DELETE FROM events WHERE projectId = {project:String}", {"project": project}))

    assert cells(scope(project, FIRST, FIRST + 14 * DAY), "week") == [
        ("2024-03-04", 0, 2),
        ("2024-03-04", 1, 1),
    ]


def test_a_day_that_the_range_cuts_is_asked_of_its_events(store: "redis.Redis") -> None:
    project = new_project()
    seen = [Event(FIRST + HOUR, device="a"), Event(FIRST + 9 * HOUR, device="b", order=1)]
    arrived(store, project, seen, "1")
    summed_up(store, project, "UTC", "2024-03-04")
    noon = scope(project, FIRST + 5 * HOUR, FIRST + DAY)

    assert cells(noon, "day") == cells(noon, "day", cohort="first_in_range") == [("2024-03-04", 0, 1)]


@pytest.mark.parametrize(
    "how",
    [
        {"start_event": "page_view"},
        {"return_event": "page_view"},
        {"start_filters": (Filter("path", "eq", "/"),)},
        {"return_filters": (Filter("path", "eq", "/"),)},
        {"minimum": 2},
        {"breakdown": "path"},
    ],
)
def test_what_looks_at_single_events_is_asked_raw(store: "redis.Redis", how: dict[str, Any]) -> None:
    project = new_project()
    arrived(store, project, [Event(FIRST)], "1")
    summed_up(store, project, "UTC", "2024-03-04")
    asked = scope(project, FIRST, FIRST + DAY)

    assert retention.parts(params(asked, "day")) is not None
    assert retention.parts(params(asked, "day", **how)) is None
    assert retention.parts(params(replace(asked, filters=(Filter("path", "eq", "/"),)), "day")) is None


def test_more_periods_than_bits_are_asked_raw(store: "redis.Redis") -> None:
    project = new_project()
    arrived(store, project, [Event(FIRST)], "1")
    summed_up(store, project, "UTC", "2024-03-04")

    assert retention.parts(params(scope(project, FIRST, FIRST + 64 * DAY), "day")) is not None
    assert retention.parts(params(scope(project, FIRST, FIRST + 65 * DAY), "day")) is None


@cases(16)
@given(
    stories(),
    links,
    st.booleans(),
    st.sampled_from([0, 1, HOUR, 2 * DAY]),
    st.integers(1, 12 * 24),
    st.sampled_from(["day", "week", "month"]),
    st.sampled_from(retention.COHORTS),
    st.sampled_from(retention.MODES),
)
def test_cells_are_those_of_the_events(
    store: "redis.Redis",
    story: Story,
    known: dict[str, str],
    linked: bool,
    later: int,
    hours: int,
    period: str,
    cohort: str,
    mode: str,
) -> None:
    asked = asked_of(story, known if linked else None, later, hours)
    for _ in played(store, story, asked):
        answer = cells(asked, period, cohort=cohort, mode=mode)

        with asked_raw():
            assert answer == cells(asked, period, cohort=cohort, mode=mode)
