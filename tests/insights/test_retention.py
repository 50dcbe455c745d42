"""Retention: cohorts, returns, periods that are not over."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights import periods, retention
from insights.filters import Filter
from insights.retention import Params
from insights.scope import MILLISECOND
from insights.vocabulary import INTERVALS
from tests.insights import retention_oracle
from tests.insights.histories import DAY, HOUR, at, moment, scope, stored
from tests.insights.oracle import Event
from tests.insights.retention_oracle import Triangle
from tests.insights.strategies import SETTINGS, questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

LATER = moment(at("2030-01-01"))


def ask(
    project: str,
    start: int,
    end: int,
    period: str = "day",
    now: datetime = LATER,
    zone: str = "UTC",
    filters: tuple[Filter, ...] = (),
    **how: str,
) -> list[dict[str, Any]]:
    asked = scope(project, start, end, zone, filters)
    stop = min(asked.end, now + MILLISECOND)
    found = periods.boundaries(INTERVALS[period], asked.start, stop, asked.timezone, 400)
    assert found is not None
    return retention.answer(Params(asked, period, tuple(found), now, **how))


def visits(*days: str, device: str = "d", name: str = "page_view") -> list[Event]:
    return [Event(at(day) + 5 * HOUR, name, device, order=order) for order, day in enumerate(days)]


def retained(rows: list[dict[str, Any]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row["cohortDate"], []).append(row["retainedUsers"])
    return found


def test_an_empty_project_has_no_cohorts() -> None:
    assert ask("nobody", at("2024-01-01"), at("2024-02-01")) == []


def test_a_range_that_has_not_begun_has_no_cohorts() -> None:
    assert ask("nobody", at("2031-01-01"), at("2031-02-01")) == []


def test_one_cohort_in_full() -> None:
    project = stored([*visits("2024-01-01", "2024-01-02"), *visits("2024-01-01", device="e")])

    assert ask(project, at("2024-01-01"), at("2024-01-03"), now=moment(at("2024-01-02T12:00"))) == [
        {
            "cohortDate": "2024-01-01",
            "periodNumber": 0,
            "retainedUsers": 2,
            "cohortSize": 2,
            "retentionRate": 100,
            "complete": True,
        },
        {
            "cohortDate": "2024-01-01",
            "periodNumber": 1,
            "retainedUsers": 1,
            "cohortSize": 2,
            "retentionRate": 50,
            "complete": False,
        },
    ]


def test_first_ever_looks_before_the_range_and_first_in_range_does_not() -> None:
    project = stored(visits("2023-12-01", "2024-01-02", "2024-01-03"))
    start, end = at("2024-01-01"), at("2024-01-04")

    assert ask(project, start, end) == []
    assert retained(ask(project, start, end, cohort="first_in_range")) == {"2024-01-02": [1, 1]}


def test_recurring_puts_a_person_in_every_period_with_a_start() -> None:
    project = stored(visits("2024-01-01", "2024-01-02", "2024-01-04"))

    assert retained(ask(project, at("2024-01-01"), at("2024-01-05"), cohort="recurring")) == {
        "2024-01-01": [1, 1, 0, 1],
        "2024-01-02": [1, 0, 1],
        "2024-01-04": [1],
    }


def test_on_or_after_counts_every_later_return() -> None:
    project = stored(visits("2024-01-01", "2024-01-04"))
    start, end = at("2024-01-01"), at("2024-01-06")

    assert retained(ask(project, start, end)) == {"2024-01-01": [1, 0, 0, 1, 0]}
    assert retained(ask(project, start, end, mode="on_or_after")) == {"2024-01-01": [1, 1, 1, 1, 0]}


def test_nobodys_return_changes_the_cohorts_size() -> None:
    signups = visits("2024-01-01", name="signup")
    returns = [*visits("2024-01-01", "2024-01-02", device="e"), *visits("2024-01-02")]
    project = stored([*signups, *returns])

    rows = ask(project, at("2024-01-01"), at("2024-01-03"), start_event="signup", return_event="page_view")

    assert [(row["retainedUsers"], row["cohortSize"]) for row in rows] == [(1, 1), (1, 1)]


def test_weeks_are_named_after_their_monday_and_the_cut_last_one_is_incomplete() -> None:
    project = stored(visits("2024-01-03", "2024-01-08"))

    rows = ask(project, at("2024-01-02"), at("2024-01-10"), "week")

    assert [(row["cohortDate"], row["periodNumber"], row["complete"]) for row in rows] == [
        ("2024-01-01", 0, True),
        ("2024-01-01", 1, False),
    ]


def test_an_event_of_tomorrow_is_not_put_into_today() -> None:
    project = stored([*visits("2024-01-01"), Event(at("2024-01-02T01:00"), order=1)])

    rows = ask(project, at("2024-01-01"), at("2024-02-01"), now=moment(at("2024-01-01T23:00")))

    assert retained(rows) == {"2024-01-01": [1]}


def test_a_year_of_days_is_answered() -> None:
    start = at("2024-01-01")
    project = stored([Event(start + day * DAY, order=day) for day in range(366)])

    rows = ask(project, start, start + 366 * DAY, cohort="recurring")

    assert len(rows) == 366 * 367 // 2
    assert all(row["retainedUsers"] == 1 for row in rows)


@settings(SETTINGS, max_examples=60)
@given(
    questions(),
    st.sampled_from(["day", "week", "month"]),
    st.sampled_from(["on", "on_or_after"]),
    st.sampled_from(["first_ever", "first_in_range", "recurring"]),
    st.sampled_from(["", "page_view", "buy"]),
    st.sampled_from(["", "click"]),
)
def test_every_cell_is_the_oracles(
    question: tuple[str, int, int, list[Event]],
    period: str,
    mode: str,
    cohort: str,
    start_event: str,
    return_event: str,
) -> None:
    zone, start, end, events = question

    rows = ask(
        stored(events),
        start,
        end,
        period,
        zone=zone,
        mode=mode,
        cohort=cohort,
        start_event=start_event,
        return_event=return_event,
    )

    triangle = Triangle(
        zone,
        period,
        mode,
        cohort,
        starts=lambda event: event.name == (start_event or event.name),
        returns=lambda event: event.name == (return_event or event.name),
    )
    assert {
        (row["cohortDate"], row["periodNumber"]): (row["retainedUsers"], row["cohortSize"]) for row in rows
    } == retention_oracle.retention(events, start, end, triangle)
