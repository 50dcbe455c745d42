"""Retention: cohorts, returns, periods that are not over."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.asking.filters import Filter
from insights.retention import retention
from insights.retention.retention import Params
from tests.generated import cases
from tests.insights.conditions import CONDITIONS, Condition
from tests.insights.histories import DAY, HOUR, at, moment, scope, stored
from tests.insights.links import as_linked, link, links
from tests.insights.oracle import Event
from tests.insights.retention import oracle as retention_oracle
from tests.insights.retention.begun import LATER, boundaries
from tests.insights.retention.oracle import Triangle
from tests.insights.strategies import questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]


def ask(
    project: str,
    start: int,
    end: int,
    period: str = "day",
    now: datetime = LATER,
    zone: str = "UTC",
    filters: tuple[Filter, ...] = (),
    is_linked: bool = False,
    **how: Any,
) -> list[dict[str, Any]]:
    asked = replace(scope(project, start, end, zone, filters), is_linked=is_linked)
    return retention.answer(Params(asked, period, boundaries(asked, period, now), now, **how))


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


def test_a_period_counts_with_the_least_number_of_returns() -> None:
    project = stored(visits("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-03"))
    start, end = at("2024-01-01"), at("2024-01-04")

    assert retained(ask(project, start, end, minimum=2)) == {"2024-01-01": [1, 0, 1]}
    assert retained(ask(project, start, end, minimum=3)) == {"2024-01-01": [1, 0, 0]}


def test_start_and_return_events_have_filters_of_their_own() -> None:
    buys = [
        Event(at("2024-01-01"), "buy", country="DE"),
        Event(at("2024-01-02"), "buy", country="KR", order=1),
        Event(at("2024-01-03"), "buy", country="DE", order=2),
    ]
    german, korean = (Filter("country", "eq", "DE"),), (Filter("country", "eq", "KR"),)
    project, start, end = stored(buys), at("2024-01-01"), at("2024-01-04")

    assert retained(ask(project, start, end, start_filters=german, return_filters=korean)) == {
        "2024-01-01": [1, 1, 0]
    }
    assert retained(ask(project, start, end, start_filters=korean, return_filters=german)) == {"2024-01-02": [1, 1]}


HOW = {
    "period": st.sampled_from(["day", "week", "month"]),
    "mode": st.sampled_from(["on", "on_or_after"]),
    "cohort": st.sampled_from(["first_ever", "first_in_range", "recurring"]),
    "start_event": st.sampled_from(["", "page_view", "buy"]),
    "return_event": st.sampled_from(["", "click"]),
    "minimum": st.sampled_from([1, 1, 2]),
}
one_condition = st.none() | st.sampled_from(CONDITIONS)


def triangle(zone: str, how: dict[str, Any], starts: Condition | None, returns: Condition | None) -> Triangle:
    def means(name: str, condition: Condition | None, event: Event) -> bool:
        return event.name == (name or event.name) and (condition is None or condition.means(event))

    return Triangle(
        zone,
        how["period"],
        how["mode"],
        how["cohort"],
        starts=lambda event: means(how["start_event"], starts, event),
        returns=lambda event: means(how["return_event"], returns, event),
        minimum=how["minimum"],
    )


def cells(rows: list[dict[str, Any]]) -> retention_oracle.Cells:
    return {(row["cohortDate"], row["periodNumber"]): (row["retainedUsers"], row["cohortSize"]) for row in rows}


@cases(30)
@given(questions(), st.fixed_dictionaries(HOW), one_condition, one_condition, links)
def test_every_cell_is_the_oracles(
    question: tuple[str, int, int, list[Event]],
    how: dict[str, Any],
    starts: Condition | None,
    returns: Condition | None,
    linked: dict[str, str],
) -> None:
    zone, start, end, events = question
    project = stored(events)
    link(project, linked)
    filters = {
        "start_filters": (starts.asked,) if starts else (),
        "return_filters": (returns.asked,) if returns else (),
    }

    rows = ask(project, start, end, zone=zone, is_linked=bool(linked), **how, **filters)

    expected = triangle(zone, how, starts, returns)
    assert cells(rows) == retention_oracle.retention(as_linked(events, linked), start, end, expected)
