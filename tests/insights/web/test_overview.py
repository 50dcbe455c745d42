"""Metrics: the overview's numbers, the period before, filters."""

from decimal import Decimal

import pytest
from hypothesis import given

from insights.asking.filters import Filter
from insights.web import overview
from insights.web.overview import Params
from tests.generated import cases
from tests.insights import oracle
from tests.insights.conditions import Condition, all_mean, condition_lists, entry_means
from tests.insights.histories import DAY, HOUR, MINUTE, at, scope, stored
from tests.insights.oracle import Event
from tests.insights.strategies import questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

START = at("2024-01-10")
ZEROS = {
    "uniqueVisitors": 0,
    "totalSessions": 0,
    "totalScreenViews": 0,
    "totalEvents": 0,
    "avgSessionDuration": 0,
    "bounceRate": 0,
    "viewsPerSession": 0,
    "revenue": 0,
}


def test_an_empty_project_has_zeros() -> None:
    assert overview.answer(Params(scope("nobody", START, START + DAY))) == ZEROS


def test_the_numbers_of_a_small_day() -> None:
    project = stored(
        [
            Event(START, path="/", device="a"),
            Event(START + 25 * MINUTE, path="/", device="a", order=1),
            Event(START, path="/", device="b", order=2),
            Event(START + HOUR, "buy", device="b", interactive=True, revenue=Decimal("19.90"), order=3),
        ]
    )

    assert overview.answer(Params(scope(project, START, START + DAY))) == {
        "uniqueVisitors": 2,
        "totalSessions": 3,
        "totalScreenViews": 3,
        "totalEvents": 4,
        "avgSessionDuration": 500,
        "bounceRate": pytest.approx(100 / 3),
        "viewsPerSession": 1,
        "revenue": Decimal("19.9"),
    }


def test_under_a_path_filter_only_the_bounce_rate_is_that_of_the_sessions_that_entered_there() -> None:
    project = stored(
        [
            Event(START, path="/", device="a"),
            Event(START + 25 * MINUTE, path="/blog", device="a", order=1),
            Event(START, path="/", device="b", order=2),
            Event(START, path="/blog", device="c", order=3),
        ]
    )

    answer = overview.answer(Params(scope(project, START, START + DAY, filters=[Filter("path", "eq", "/blog")])))

    assert answer["totalSessions"] == 2
    assert answer["avgSessionDuration"] == 750
    assert answer["bounceRate"] == 100
    assert answer["totalScreenViews"] == 2


def test_a_session_that_began_the_day_before_is_counted_there() -> None:
    project = stored([Event(START - MINUTE, path="/"), Event(START + MINUTE, path="/", order=1)])

    answer = overview.answer(Params(scope(project, START, START + DAY), "previous"))

    assert (answer["totalSessions"], answer["totalEvents"]) == (0, 1)
    assert answer["compare"]["previous"]["totalSessions"] == 1
    assert answer["compare"]["previous"]["avgSessionDuration"] == 120


def test_a_session_is_found_by_an_event_after_the_range_that_it_started_in() -> None:
    project = stored([Event(START + DAY - 1, path="/"), Event(START + DAY + 1, "buy", interactive=True, order=1)])
    buys = [Filter("name", "eq", "buy")]

    answer = overview.answer(Params(scope(project, START, START + DAY, filters=buys)))

    assert (answer["totalSessions"], answer["totalEvents"]) == (1, 0)


def test_change_is_in_percent_for_rates_in_points_and_null_where_there_was_nothing() -> None:
    before = [
        Event(START - DAY, path="/", device="a"),
        Event(START - HOUR, path="/", device="b", order=1),
        Event(START - HOUR + MINUTE, path="/", device="b", order=2),
    ]
    now = [Event(START + HOUR * hour, "buy", revenue=Decimal(1), order=9 + hour) for hour in range(3)]
    project = stored([*before, *now])

    compare = overview.answer(Params(scope(project, START, START + DAY), "previous"))["compare"]

    assert compare["change"] == {
        "uniqueVisitors": -50,
        "totalSessions": 50,
        "totalScreenViews": -100,
        "totalEvents": 0,
        "avgSessionDuration": -100,
        "bounceRate": 50,
        "viewsPerSession": -100,
        "revenue": None,
    }


def test_a_bounce_rate_of_sessions_that_entered_elsewhere_is_nothing_to_compare_with() -> None:
    before = [
        Event(START - HOUR, path="/", device="a"),
        Event(START - HOUR + MINUTE, path="/blog", device="a", order=1),
    ]
    project = stored([*before, Event(START + HOUR, path="/blog", device="b", order=2)])
    on_blog = [Filter("path", "eq", "/blog")]

    compare = overview.answer(Params(scope(project, START, START + DAY, filters=on_blog), "previous"))["compare"]

    assert (compare["previous"]["totalSessions"], compare["previous"]["bounceRate"]) == (1, 0)
    assert (compare["change"]["totalSessions"], compare["change"]["bounceRate"]) == (0, None)


def test_the_period_before_whole_days_is_as_many_days_also_when_clocks_change() -> None:
    # 31 March 2024 has 23 hours in Berlin, the two days before have 24 each.
    asked = scope("p", at("2024-03-30T23:00"), at("2024-04-01T22:00"), "Europe/Berlin")

    before = asked.previous()

    assert (before.start.isoformat(), before.end.isoformat()) == (
        "2024-03-28T23:00:00+00:00",
        "2024-03-30T23:00:00+00:00",
    )


def test_the_period_before_a_part_of_a_day_is_as_many_milliseconds() -> None:
    before = scope("p", START + HOUR, START + HOUR + 90 * MINUTE).previous()

    assert (before.start.isoformat(), before.end.isoformat()) == (
        "2024-01-09T23:30:00+00:00",
        "2024-01-10T01:00:00+00:00",
    )


@cases(30)
@given(questions(), condition_lists)
def test_every_number_is_the_oracles(
    question: tuple[str, int, int, list[Event]], conditions: list[Condition]
) -> None:
    zone, start, end, events = question
    filters = [one.asked for one in conditions]

    answer = overview.answer(Params(scope(stored(events), start, end, zone, filters)))

    assert answer == pytest.approx(oracle.overview(events, start, end, all_mean(conditions), entry_means(conditions)))
