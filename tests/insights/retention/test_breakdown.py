"""Retention by a dimension: whose cohort a person is in, and what becomes of the values that are not shown."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generated import cases
from tests.insights.conftest import Ask
from tests.insights.histories import at, stored, text
from tests.insights.links import as_linked, link, links
from tests.insights.oracle import Event
from tests.insights.retention import oracle as retention_oracle
from tests.insights.retention.test_retention import HOW, cells, triangle
from tests.insights.retention.test_retention import ask as ask_retention
from tests.insights.senders import Senders
from tests.insights.strategies import questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]


def test_a_breakdown_goes_by_the_start_event_and_counts_every_return() -> None:
    project = stored(
        [
            Event(at("2024-01-01"), device="d", country="DE"),
            Event(at("2024-01-02"), device="d", country="KR", order=1),
            Event(at("2024-01-01"), device="e", country="KR", order=2),
            Event(at("2024-01-01"), device="f", country="FR", order=3),
            Event(at("2024-01-01"), device="g", country="DE", order=4),
        ]
    )

    rows = ask_retention(project, at("2024-01-01"), at("2024-01-03"), breakdown="country", top=1)

    assert [(row["breakdown"], row["isOther"], row["retainedUsers"], row["cohortSize"]) for row in rows] == [
        ("DE", False, 2, 2),
        ("DE", False, 1, 2),
        ("", True, 2, 2),
        ("", True, 0, 2),
    ]


def test_a_recurring_breakdown_takes_each_periods_earliest_value() -> None:
    project = stored(
        [
            Event(at("2024-01-01T01:00"), country="KR", order=3),
            Event(at("2024-01-01T00:00"), country="DE", order=2),
            Event(at("2024-01-01T00:00"), country="FR", order=1),
            Event(at("2024-01-02T00:00"), country="KR", order=4),
        ]
    )

    rows = ask_retention(project, at("2024-01-01"), at("2024-01-03"), cohort="recurring", breakdown="country")

    assert [(row["breakdown"], row["cohortDate"], row["retainedUsers"]) for row in rows] == [
        ("DE", "2024-01-01", 1),
        ("DE", "2024-01-01", 1),
        ("KR", "2024-01-02", 1),
    ]


BY = {
    "country": lambda event: event.country,
    "properties.plan": lambda event: text(event.properties.get("plan", "")),
    "name": lambda event: event.name,
}


@cases(25)
@given(questions(), st.fixed_dictionaries(HOW), st.sampled_from(sorted(BY)), st.sampled_from([1, 2, 10]), links)
def test_every_cell_of_a_breakdown_is_the_oracles(
    question: tuple[str, int, int, list[Event]],
    how: dict[str, Any],
    breakdown: str,
    top: int,
    linked: dict[str, str],
) -> None:
    zone, start, end, events = question
    project = stored(events)
    link(project, linked)

    rows = ask_retention(project, start, end, zone=zone, is_linked=bool(linked), breakdown=breakdown, top=top, **how)

    found: dict[tuple[str, bool], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["breakdown"], row["isOther"]), []).append(row)
    expected = replace(triangle(zone, how, None, None), value=BY[breakdown])
    wanted = retention_oracle.by_value(as_linked(events, linked), start, end, expected, top)
    assert {value: cells(of_value) for value, of_value in found.items()} == wanted
    assert list(found) == list(wanted)


def test_a_trait_is_that_of_the_person_whichever_device_came_first(ask: Ask, senders: Senders) -> None:
    senders.send(
        {"name": "a", "deviceId": "phone", "timestamp": "2024-01-01T10:00:00Z"},
        {"name": "b", "deviceId": "tablet", "profileId": "ann", "timestamp": "2024-01-02T10:00:00Z"},
        {"name": "c", "deviceId": "kiosk", "timestamp": "2024-01-01T10:00:00Z"},
    )
    senders.send({"type": "identify", "profileId": "ann", "deviceId": "phone", "plan": "pro"})

    asked = {"startDate": "2024-01-01", "endDate": "2024-01-02", "breakdown": "profile.plan"}
    rows = ask("/insights/shop/retention", asked).json()

    assert [(row["breakdown"], row["retainedUsers"]) for row in rows] == [("", 1), ("", 0), ("pro", 1), ("pro", 1)]
