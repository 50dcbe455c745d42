"""Devices, places, referrers, channels and campaigns."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from insights.web import breakdown, sources
from tests.generated import cases
from tests.insights import oracle
from tests.insights.conditions import Condition, all_mean, condition_lists
from tests.insights.histories import DAY, HOUR, MINUTE, at, scope, stored
from tests.insights.oracle import Event, Session
from tests.insights.strategies import questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

START = at("2024-01-10")


def test_an_empty_project_has_no_rows() -> None:
    asked = scope("nobody", START, START + DAY)

    assert breakdown.answer(breakdown.Params(asked, ("browser",))) == []
    assert sources.answer(sources.Params(asked, ("channel",))) == []


def test_events_and_visitors_per_device() -> None:
    project = stored(
        [
            Event(START, browser="Firefox", device="a"),
            Event(START + 1, browser="Firefox", device="a", order=1),
            Event(START, browser="", device="b", order=2),
        ]
    )

    assert breakdown.answer(breakdown.Params(scope(project, START, START + DAY), ("device", "browser", "os"))) == [
        {"device": "", "browser": "Firefox", "os": "", "count": 2, "uniqueVisitors": 1},
        {"device": "", "browser": "", "os": "", "count": 1, "uniqueVisitors": 1},
    ]


def test_visits_per_referrer_with_direct_ones() -> None:
    project = stored(
        [
            Event(START, referrer_name="Google", device="a"),
            Event(START + MINUTE, device="a", order=1),
            Event(START + 3 * HOUR, device="a", order=2),
            Event(START, device="b", order=3),
        ]
    )

    assert sources.answer(sources.Params(scope(project, START, START + DAY), ("referrerName", "referrerType"))) == [
        {"referrerName": "", "referrerType": "direct", "visits": 2, "uniqueVisitors": 2, "bounceRate": 100},
        {
            "referrerName": "Google",
            "referrerType": "search",
            "visits": 1,
            "uniqueVisitors": 1,
            "bounceRate": 0,
        },
    ]


def test_campaigns_leave_out_untagged_sessions() -> None:
    project = stored([Event(START, utm_source="mail", device="a"), Event(START, device="b", order=1)])

    assert sources.answer(sources.Params(scope(project, START, START + DAY), ("utmSource",), tagged=True)) == [
        {"utmSource": "mail", "visits": 1, "uniqueVisitors": 1, "bounceRate": 100}
    ]


SOURCES: dict[str, Callable[[Session], Any]] = {
    "referrerName": lambda one: one.events[0].referrer_name,
    "channel": lambda one: one.events[0].channel,
    "utmSource": lambda one: one.events[0].utm_source,
}


@cases(30)
@given(questions(), condition_lists)
def test_every_source_is_the_oracles(
    question: tuple[str, int, int, list[Event]], conditions: list[Condition]
) -> None:
    zone, start, end, events = question
    asked = scope(stored(events), start, end, zone, [one.asked for one in conditions])

    for name, key in SOURCES.items():
        found = {row[name]: row for row in sources.answer(sources.Params(asked, (name,)))}

        expected = oracle.grouped_sessions(events, start, end, key, all_mean(conditions))
        assert found.keys() == expected.keys()
        for value, wanted in expected.items():
            assert [found[value][number] for number in ("visits", "uniqueVisitors", "bounceRate")] == [
                wanted["visits"],
                wanted["uniqueVisitors"],
                pytest.approx(wanted["bounceRate"]),
            ]


@cases(30)
@given(questions(), condition_lists)
def test_every_country_is_the_oracles(
    question: tuple[str, int, int, list[Event]], conditions: list[Condition]
) -> None:
    zone, start, end, events = question
    asked = scope(stored(events), start, end, zone, [one.asked for one in conditions])

    found = breakdown.answer(breakdown.Params(asked, ("country",)))

    expected = oracle.grouped_events(events, start, end, lambda event: event.country, all_mean(conditions))
    assert {row["country"]: (row["count"], row["uniqueVisitors"]) for row in found} == expected
