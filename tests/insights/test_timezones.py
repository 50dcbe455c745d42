"""Any question in another time zone than the project's."""

from collections.abc import Mapping

import pytest

from tests.insights.addresses import INSIGHTS
from tests.insights.conftest import Ask
from tests.insights.histories import at, stored
from tests.insights.oracle import Event

every_address = pytest.mark.parametrize(("name", "needed"), INSIGHTS.items())
LATE = Event(at("2024-01-10T20:00"), path="/")  # the 10th in Berlin, the 11th in Seoul
ON_THE_11TH = {"startDate": "2024-01-11", "endDate": "2024-01-11"}


@every_address
def test_every_question_takes_a_time_zone(name: str, needed: Mapping[str, str], ask: Ask, clickhouse: None) -> None:
    answer = ask(f"/insights/shop/{name}", {**needed, "timezone": "Asia/Seoul", "meta": "1"})

    assert answer.status_code == 200
    assert answer.json()["query"]["timezone"] == "Asia/Seoul"


@every_address
def test_an_unknown_time_zone_is_a_400(name: str, needed: Mapping[str, str], ask: Ask) -> None:
    answer = ask(f"/insights/shop/{name}", {**needed, "timezone": "Mars/Olympus"})

    problem = {
        "field": "timezone",
        "message": "There is no time zone 'Mars/Olympus'; allowed: IANA names (Europe/Berlin).",
    }
    assert (answer.status_code, answer.json()["details"]) == (400, [problem])


def test_a_day_is_that_of_the_time_zone(ask: Ask, clickhouse: None) -> None:
    stored([LATE], "shop")
    seoul = {**ON_THE_11TH, "timezone": "Asia/Seoul"}

    assert ask("/insights/shop/metrics", ON_THE_11TH).json()["totalEvents"] == 0
    assert ask("/insights/shop/metrics", seoul).json()["totalEvents"] == 1
    [bucket] = ask("/insights/shop/timeseries", seoul).json()
    assert (bucket["date"], bucket["totalEvents"]) == ("2024-01-11", 1)
    [event] = ask("/insights/shop/events", {**seoul, "fields": "createdAt"}).json()["events"]
    assert event == {"createdAt": "2024-01-11T05:00:00+09:00"}


def test_an_exports_days_are_those_of_the_time_zone(ask: Ask, clickhouse: None) -> None:
    stored([LATE], "shop")

    whole = [
        ask("/insights/shop/export", {**ON_THE_11TH, **zone}).getvalue().count(b"\n")
        for zone in ({}, {"timezone": "Asia/Seoul"})
    ]

    assert whole == [0, 1]
