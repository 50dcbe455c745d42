"""Time series: every bucket present, in the project's time zone, right when clocks change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.asking import periods
from insights.asking.vocabulary import INTERVALS
from insights.web import timeseries
from insights.web.timeseries import Params
from tests.generated import cases
from tests.insights import oracle
from tests.insights.histories import DAY, HOUR, MINUTE, at, scope, stored
from tests.insights.oracle import Event
from tests.insights.strategies import questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]


def params(project: str, start: int, end: int, interval: str, zone: str = "UTC") -> Params:
    asked = scope(project, start, end, zone)
    found = periods.boundaries(INTERVALS[interval], asked.start, asked.end, asked.timezone, 5000)
    assert found is not None
    return Params(asked, interval, tuple(found)[:-1])


def dates(start: str, end: str, interval: str, zone: str) -> list[str]:
    return [row["date"] for row in timeseries.answer(params("nobody", at(start), at(end), interval, zone))]


def test_an_empty_project_has_every_bucket_with_zeros() -> None:
    start = at("2024-02-28")

    rows = timeseries.answer(params("nobody", start, start + 3 * DAY, "day"))

    assert [row["date"] for row in rows] == ["2024-02-28", "2024-02-29", "2024-03-01"]
    assert all(value == 0 for row in rows for name, value in row.items() if name != "date")


def test_the_day_on_which_clocks_go_forward_has_23_hours() -> None:
    found = dates("2024-03-30T23:00", "2024-03-31T22:00", "hour", "Europe/Berlin")

    assert len(found) == 23
    assert found[1:3] == ["2024-03-31T01:00:00+01:00", "2024-03-31T03:00:00+02:00"]


def test_the_day_on_which_clocks_go_back_has_25_hours_two_of_one_name() -> None:
    found = dates("2024-10-26T22:00", "2024-10-27T23:00", "hour", "Europe/Berlin")

    assert len(found) == 25
    assert found[2:4] == ["2024-10-27T02:00:00+02:00", "2024-10-27T02:00:00+01:00"]


def test_an_hour_that_a_half_hour_shift_cuts_is_two_buckets() -> None:
    found = dates("2024-04-06T14:00", "2024-04-06T17:30", "hour", "Australia/Lord_Howe")

    assert found == [
        "2024-04-07T01:00:00+11:00",
        "2024-04-07T01:30:00+10:30",
        "2024-04-07T02:00:00+10:30",
        "2024-04-07T03:00:00+10:30",
    ]


def test_a_day_whose_midnight_is_skipped_begins_when_the_clocks_jump() -> None:
    start, end = at("2018-11-03T03:00"), at("2018-11-05T02:00")
    project = stored([Event(at("2018-11-04T02:59:59.999")), Event(at("2018-11-04T03:00"), order=1)])

    rows = timeseries.answer(params(project, start, end, "day", "America/Sao_Paulo"))

    assert [(row["date"], row["totalEvents"]) for row in rows] == [("2018-11-03", 1), ("2018-11-04", 1)]


def test_a_day_that_the_zone_left_out_is_no_bucket() -> None:
    start, end = at("2011-12-29T10:00"), at("2011-12-31T10:00")
    project = stored([Event(at("2011-12-30T09:59")), Event(at("2011-12-30T10:00"), order=1)])

    rows = timeseries.answer(params(project, start, end, "day", "Pacific/Apia"))

    assert [(row["date"], row["totalEvents"]) for row in rows] == [("2011-12-29", 1), ("2011-12-31", 1)]


def test_weeks_begin_on_monday_and_a_cut_one_is_named_after_the_ranges_first_day() -> None:
    assert dates("2020-12-20", "2021-01-08", "week", "UTC") == [
        "2020-12-20",
        "2020-12-21",
        "2020-12-28",
        "2021-01-04",
    ]


def test_months_of_every_length() -> None:
    assert dates("2024-01-31", "2024-04-01", "month", "UTC") == ["2024-01-31", "2024-02-01", "2024-03-01"]


def test_a_session_counts_where_it_starts_and_its_events_where_they_happen() -> None:
    midnight = at("2024-01-02")
    project = stored([Event(midnight - MINUTE), Event(midnight + MINUTE, order=1)])

    rows = timeseries.answer(params(project, midnight - DAY, midnight + DAY, "day"))

    assert [(row["totalSessions"], row["totalEvents"], row["uniqueVisitors"]) for row in rows] == [
        (1, 1, 1),
        (0, 1, 1),
    ]


def test_more_buckets_than_allowed_are_not_made() -> None:
    asked = scope("p", 0, 5001 * HOUR)

    found = periods.boundaries(INTERVALS["hour"], asked.start, asked.end, asked.timezone, 5000)

    assert found is None


@cases(30)
@given(questions(), st.sampled_from(["hour", "day", "week", "month"]))
def test_every_bucket_is_the_oracles(question: tuple[str, int, int, list[Event]], interval: str) -> None:
    zone, start, end, events = question

    rows = timeseries.answer(params(stored(events), start, end, interval, zone))

    expected = oracle.timeseries(events, start, end, zone, interval)
    assert [row["date"] for row in rows] == [row["date"] for row in expected]
    for row, wanted in zip(rows, expected, strict=True):
        assert {**row, "date": 0} == pytest.approx({**wanted, "date": 0})
