"""Stickiness: in how many periods persons are active."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.asking.buckets import buckets_of
from insights.asking.filters import Filter
from insights.retention import stickiness
from insights.retention.stickiness import Params
from tests.generated import cases
from tests.insights.conditions import Condition, all_mean, condition_lists
from tests.insights.histories import at, scope, stored
from tests.insights.links import as_linked, link, links
from tests.insights.oracle import Event
from tests.insights.retention import activity_oracle
from tests.insights.retention.begun import visits
from tests.insights.strategies import questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]


def ask(
    project: str,
    start: int,
    end: int,
    interval: str = "day",
    zone: str = "UTC",
    filters: Sequence[Filter] = (),
    is_linked: bool = False,
    **how: Any,
) -> list[dict[str, Any]]:
    asked = replace(scope(project, start, end, zone, filters), is_linked=is_linked)
    return stickiness.answer(Params(asked, interval, buckets_of(asked, interval) or (), **how))


def people(rows: list[dict[str, Any]]) -> list[int]:
    return [row["uniqueVisitors"] for row in rows]


def test_an_empty_project_answers_zeros() -> None:
    assert ask("nobody", at("2024-01-01"), at("2024-01-03")) == [
        {"activePeriods": 1, "uniqueVisitors": 0, "percentage": 0},
        {"activePeriods": 2, "uniqueVisitors": 0, "percentage": 0},
    ]


def test_persons_are_counted_by_their_active_days() -> None:
    project = stored(
        [
            *visits("2024-01-01", "2024-01-01", "2024-01-03"),
            *visits("2024-01-02", device="e"),
            *visits("2023-12-31", "2024-01-03", device="f"),
            *visits("2024-01-01", "2024-01-02", "2024-01-03", device="g"),
        ]
    )

    rows = ask(project, at("2024-01-01"), at("2024-01-04"))

    assert people(rows) == [2, 1, 1]
    assert [row["percentage"] for row in rows] == [50, 25, 25]


def test_cumulative_counts_those_who_were_active_as_often_or_more() -> None:
    project = stored([*visits("2024-01-01", "2024-01-02"), *visits("2024-01-02", device="e")])

    rows = ask(project, at("2024-01-01"), at("2024-01-04"), cumulative=True)

    assert people(rows) == [2, 1, 0]
    assert [row["percentage"] for row in rows] == [100, 50, 0]


def test_a_day_counts_with_the_number_of_events_asked_for() -> None:
    project = stored(visits("2024-01-01", "2024-01-01", "2024-01-02", "2024-01-03", "2024-01-03", "2024-01-03"))
    start, end = at("2024-01-01"), at("2024-01-04")

    assert people(ask(project, start, end, minimum=2)) == [0, 1, 0]
    assert people(ask(project, start, end, minimum=2, maximum=2)) == [1, 0, 0]
    assert people(ask(project, start, end, minimum=4)) == [0, 0, 0]


def test_only_the_event_asked_for_counts() -> None:
    project = stored([*visits("2024-01-01", "2024-01-02"), *visits("2024-01-02", name="buy")])

    assert people(ask(project, at("2024-01-01"), at("2024-01-03"), event="buy")) == [1, 0]


def test_compare_puts_each_row_beside_that_of_the_range_before() -> None:
    project = stored([*visits("2024-01-01", "2024-01-03", "2024-01-04"), *visits("2024-01-03", device="e")])

    rows = ask(project, at("2024-01-03"), at("2024-01-05"), compare="previous")

    before = {"activePeriods": 1, "uniqueVisitors": 1, "percentage": 100}
    assert rows[0]["compare"] == {"previous": before, "change": {"uniqueVisitors": 0, "percentage": -50}}
    assert rows[1]["compare"]["change"] == {"uniqueVisitors": None, "percentage": 50}


def test_there_is_no_change_of_percentages_where_nobody_was_active_before() -> None:
    project = stored(visits("2024-01-03"))

    rows = ask(project, at("2024-01-03"), at("2024-01-05"), compare="previous")

    assert [row["compare"]["change"]["percentage"] for row in rows] == [None, None]


@cases(25)
@given(
    questions(),
    st.sampled_from(["day", "week", "month"]),
    st.sampled_from(["", "page_view", "buy"]),
    condition_lists,
    links,
    st.sampled_from([(1, 0), (2, 0), (1, 1), (2, 3)]),
)
def test_every_number_is_the_oracles(
    question: tuple[str, int, int, list[Event]],
    interval: str,
    event: str,
    conditions: list[Condition],
    linked: dict[str, str],
    bounds: tuple[int, int],
) -> None:
    zone, start, end, events = question
    project = stored(events)
    link(project, linked)
    least, most = bounds

    asked = [one.asked for one in conditions]
    rows = ask(project, start, end, interval, zone, asked, bool(linked), event=event, minimum=least, maximum=most)

    meant = all_mean(conditions)
    assert people(rows) == activity_oracle.stickiness(
        as_linked(events, linked),
        start,
        end,
        zone,
        interval,
        lambda one: one.name == (event or one.name) and meant(one),
        least,
        most or 10**9,
    )
