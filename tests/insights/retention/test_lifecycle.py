"""Lifecycle: new, returning, resurrecting and dormant, period by period."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.asking.filters import Filter
from insights.retention import lifecycle
from insights.retention.lifecycle import Params
from tests.generated import cases
from tests.insights.conditions import Condition, all_mean, condition_lists
from tests.insights.histories import at, moment, scope, stored
from tests.insights.links import as_linked, link, links
from tests.insights.oracle import Event
from tests.insights.retention import activity_oracle
from tests.insights.retention.begun import LATER, boundaries, visits
from tests.insights.strategies import questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]


def ask(
    project: str,
    start: int,
    end: int,
    interval: str = "day",
    zone: str = "UTC",
    filters: Sequence[Filter] = (),
    event: str = "",
    now: datetime = LATER,
    is_linked: bool = False,
) -> list[dict[str, Any]]:
    asked = replace(scope(project, start, end, zone, filters), is_linked=is_linked)
    return lifecycle.answer(Params(asked, interval, boundaries(asked, interval, now), now, event))


def counts(rows: list[dict[str, Any]]) -> list[list[int]]:
    return [[row[state] for state in lifecycle.STATES] for row in rows]


def test_an_empty_project_answers_zeros_for_every_period() -> None:
    rows = ask("nobody", at("2024-01-01"), at("2024-01-03"))

    assert [row["date"] for row in rows] == ["2024-01-01", "2024-01-02"]
    assert counts(rows) == [[0, 0, 0, 0], [0, 0, 0, 0]]


def test_a_range_that_has_not_begun_has_no_periods() -> None:
    assert ask("nobody", at("2031-01-01"), at("2031-02-01")) == []


def test_a_person_is_new_returns_sleeps_and_comes_back() -> None:
    project = stored(visits("2024-01-01", "2024-01-02", "2024-01-04"))

    rows = ask(project, at("2024-01-01"), at("2024-01-06"), now=moment(at("2024-01-05T12:00")))

    assert counts(rows) == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert [row["complete"] for row in rows] == [True, True, True, True, False]


def test_the_day_before_the_range_tells_who_returns_and_who_stays_away() -> None:
    project = stored([*visits("2023-12-31", "2024-01-01"), *visits("2023-12-31", device="e")])

    assert counts(ask(project, at("2024-01-01"), at("2024-01-02"))) == [[0, 1, 0, 1]]


def test_whoever_did_anything_before_is_not_new() -> None:
    project = stored([*visits("2023-06-01", name="open"), *visits("2024-01-01", name="buy")])

    assert counts(ask(project, at("2024-01-01"), at("2024-01-02"), event="buy")) == [[0, 0, 1, 0]]


def test_weeks_that_the_range_cuts_count_whole() -> None:
    project = stored(visits("2024-01-01", "2024-01-14"))

    rows = ask(project, at("2024-01-03"), at("2024-01-10"), "week")

    assert [row["date"] for row in rows] == ["2024-01-01", "2024-01-08"]
    assert counts(rows) == [[1, 0, 0, 0], [0, 1, 0, 0]]


def test_compare_puts_each_row_beside_that_of_the_range_before() -> None:
    project = stored([*visits("2024-01-01", "2024-01-02", "2024-01-03"), *visits("2024-01-03", device="e")])
    asked = scope(project, at("2024-01-02"), at("2024-01-04"))
    days = tuple(moment(at(day)) for day in ("2024-01-02", "2024-01-03", "2024-01-04"))

    first, second = lifecycle.answer(Params(asked, "day", days, LATER, compare="previous"))

    before = {"date": "2024-01-01", "new": 1, "returning": 0, "resurrecting": 0, "dormant": 0, "complete": True}
    change = {"new": 0, "returning": None, "resurrecting": None, "dormant": None}
    assert first["compare"]["previous"]["date"] == "2023-12-31"
    assert second["compare"] == {"previous": before, "change": change}


@cases(25)
@given(
    questions(),
    st.sampled_from(["day", "week", "month"]),
    st.sampled_from(["", "page_view", "buy"]),
    condition_lists,
    links,
)
def test_every_period_is_the_oracles(
    question: tuple[str, int, int, list[Event]],
    interval: str,
    event: str,
    conditions: list[Condition],
    linked: dict[str, str],
) -> None:
    zone, start, end, events = question
    project = stored(events)
    link(project, linked)

    asked = [one.asked for one in conditions]
    rows = ask(project, start, end, interval, zone, asked, event, is_linked=bool(linked))

    meant = all_mean(conditions)
    expected = activity_oracle.lifecycle(
        as_linked(events, linked),
        start,
        end,
        zone,
        interval,
        lambda one: one.name == (event or one.name) and meant(one),
    )
    assert [{name: row[name] for name in row if name != "complete"} for row in rows] == expected
