"""Trends as requests ask them, in an address or in a body, and what is refused."""

import json
from typing import Any

import pytest

from tests.insights.conftest import Ask
from tests.insights.histories import DAY, at, stored
from tests.insights.oracle import Event

DAYS = {"startDate": "2024-01-10", "endDate": "2024-01-11"}


@pytest.fixture
def visited(shop: str, clickhouse: None) -> None:
    """Two days in Berlin, and somebody in the game."""
    start = at("2024-01-10T08:00")
    stored(
        [
            Event(start, path="/", country="DE", device="a", properties={"seats": 2}),
            Event(start + 1, "buy", path="/", country="DE", device="a", properties={"seats": 5}, order=1),
            Event(start + DAY, path="/", country="KR", device="b", order=2),
        ],
        "shop",
    )
    stored([Event(start, path="/hidden", country="XX", device="x")], "game")


def test_a_body_says_everything(ask: Ask, visited: None) -> None:
    body = {
        **DAYS,
        "series": [
            {"event": "buy", "measure": "sum", "property": "properties.seats", "label": "Seats"},
            {"event": "*", "measure": "unique", "filters": [{"not": {"field": "country", "value": "FR"}}]},
        ],
        "interval": "day",
        "filters": [{"field": "path", "value": "/"}],
        "breakdown": ["country"],
        "limit": 1,
        "offset": 0,
        "formula": "A / B",
        "cumulative": True,
        "movingAverage": 2,
        "compare": "previous",
        "timezone": "Europe/Berlin",
    }

    answer = ask("/insights/shop/trends", body=body).json()

    nothing = {"data": [0, 0], "total": 0, "change": None}
    no_value = {"data": [None, None], "total": None, "change": None}
    seats = {
        "series": "A",
        "label": "Seats",
        "event": "buy",
        "measure": "sum",
        "property": "properties.seats",
    }
    persons = {"series": "B", "label": "*", "event": "*", "measure": "unique", "property": ""}
    formula = {"series": "formula", "label": "A / B", "event": "", "measure": "formula", "property": ""}
    first, others = {"breakdown": {"country": "DE"}, "isOther": False}, {"breakdown": {}, "isOther": True}
    assert answer == {
        "dates": ["2024-01-10", "2024-01-11"],
        "complete": [True, True],
        "compare": {"dates": ["2024-01-08", "2024-01-09"]},
        "series": [
            {**seats, **first, "data": [5, 5], "total": 5, "compare": nothing},
            {**seats, **others, "data": [0, 0], "total": 0, "compare": nothing},
            {**persons, **first, "data": [1, 1], "total": 1, "compare": nothing},
            {**persons, **others, "data": [0, 0.5], "total": 1, "compare": nothing},
            {**formula, **first, "data": [5, 5], "total": 5, "compare": no_value},
            {**formula, **others, "data": [None, 0], "total": 0, "compare": no_value},
        ],
    }


def test_an_address_asks_the_same_with_names_or_json(ask: Ask, visited: None) -> None:
    by_names = ask("/insights/shop/trends", {**DAYS, "series": "buy,*"}).json()
    by_json = ask("/insights/shop/trends", {**DAYS, "series": json.dumps(["buy", {"event": "*"}])}).json()

    assert by_names == by_json
    assert [row["data"] for row in by_names["series"]] == [[1, 0], [2, 1]]


@pytest.mark.parametrize(
    ("asked", "field", "message"),
    [
        ({}, "series", "Give 1 to 20 series"),
        ({"series": []}, "series", "Give 1 to 20 series"),
        ({"series": {"event": "buy"}}, "series", "Give 1 to 20 series"),
        ({"series": ["buy"] * 21}, "series", "Give 1 to 20 series"),
        ({"series": [3]}, "series[0]", "A series is an event name or an object"),
        (
            {"series": [{"event": "buy", "math": "sum"}]},
            "series[0]",
            "A series is an event name or an object",
        ),
        ({"series": [{"measure": "total"}]}, "series[0].event", "allowed: 1 to 2000 characters"),
        ({"series": [{"event": "buy", "label": 3}]}, "series[0].label", "allowed: 1 to 2000 characters"),
        (
            {"series": [{"event": "buy", "measure": "dau"}]},
            "series[0].measure",
            "allowed: total, unique, sessions,",
        ),
        ({"series": [{"event": "buy", "measure": ["sum"]}]}, "series[0].measure", "allowed: total, unique,"),
        (
            {"series": [{"event": "buy", "measure": "sum"}]},
            "series[0].property",
            "allowed: revenue, properties.<key>",
        ),
        (
            {"series": [{"event": "buy", "measure": "p90", "property": "country"}]},
            "series[0].property",
            "allowed: revenue, properties.<key>",
        ),
        (
            {"series": [{"event": "buy", "measure": "distinct", "property": "planet"}]},
            "series[0].property",
            "allowed: revenue, name,",
        ),
        ({"series": [{"event": "buy", "property": "revenue"}]}, "series[0].property", "takes no property"),
        (
            {"series": [{"event": "buy", "filters": [{"field": "shoe"}]}]},
            "series[0].filters[0].field",
            "allowed: name,",
        ),
        ({"series": ["buy"], "interval": "year"}, "interval", "allowed: minute, hour, day, week, month"),
        (
            {"series": ["buy"], "interval": "minute", "startDate": "2023-01-01"},
            "interval",
            "narrow the range",
        ),
        (
            {
                "series": ["buy"],
                "interval": "hour",
                "startDate": "2023-12-01",
                "breakdown": ["path"],
                "limit": 1000,
            },
            "interval",
            "more than 200000 numbers",
        ),
        ({"series": ["buy"], "breakdown": ["planet"]}, "breakdown", "There is no dimension 'planet'"),
        ({"series": ["buy"], "breakdown": ["time:day"]}, "breakdown", "takes 1 to 3 dimensions"),
        (
            {"series": ["buy"], "breakdown": ["country", "city", "path", "os"]},
            "breakdown",
            "takes 1 to 3 dimensions",
        ),
        ({"series": ["buy"], "formula": "A / B"}, "formula", "allowed: the letters of the series (A)"),
        (
            {"series": ["buy"], "formula": "__import__('os')"},
            "formula",
            "allowed: the letters of the series (A)",
        ),
        ({"series": ["buy"], "formula": 3}, "formula", "formula must be a text"),
        ({"series": ["buy"], "movingAverage": 0}, "movingAverage", "allowed: whole numbers from 1 to 366"),
        ({"series": ["buy"], "cumulative": "perhaps"}, "cumulative", "allowed: 1 or 0"),
        ({"series": ["buy"], "compare": "next"}, "compare", "allowed: previous"),
        ({"series": ["buy"], "timezone": "Moon"}, "timezone", "allowed: IANA names"),
        ({"series": ["buy"], "limit": 1001}, "limit", "allowed: whole numbers from 1 to 1000"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(
    ask: Ask, asked: dict[str, Any], field: str, message: str
) -> None:
    answer = ask("/insights/shop/trends", body={**DAYS, **asked})

    assert answer.status_code == 400
    problem = answer.json()["details"][0]
    assert problem["field"] == field
    assert message in problem["message"]


def test_no_breakdown_may_be_said_with_an_empty_list(ask: Ask, visited: None) -> None:
    answer = ask("/insights/shop/trends", body={**DAYS, "series": ["buy"], "breakdown": []}).json()

    assert [row["breakdown"] for row in answer["series"]] == [{}]
