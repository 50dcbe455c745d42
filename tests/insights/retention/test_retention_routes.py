"""Retention, its people, lifecycle and stickiness over HTTP: their own parameters."""

import json

import pytest

from tests.insights.conftest import Ask
from tests.insights.histories import at, stored
from tests.insights.oracle import Event

CELL = {"startDate": "2024-01-01", "endDate": "2024-01-02", "cohortDate": "2024-01-01"}


@pytest.mark.parametrize(
    ("name", "query", "message"),
    [
        ("retention", {"period": "hour"}, "allowed: day, week, month"),
        ("retention", {"mode": "off"}, "allowed: on, on_or_after"),
        ("retention", {"cohort": "all"}, "allowed: first_ever, first_in_range, recurring"),
        ("retention", {"startDate": "2020-01-01"}, "narrow the range or use a larger period"),
        ("retention", {"minimum": "0"}, "allowed: whole numbers from 1 to 1000000"),
        ("retention", {"breakdown": "planet"}, "allowed: name, path,"),
        ("retention", {"startFilters": "[1]"}, "A filter is an object"),
        (
            "retention",
            {"startDate": "2023-01-01", "endDate": "2023-12-31", "breakdown": "country"},
            "narrow the range, or use a larger period or a smaller top",
        ),
        ("retention/people", {}, "cohortDate cannot be ''; allowed: the first day of a period of the range, "),
        (
            "retention/people",
            {"startDate": "2190-01-01", "endDate": "2190-01-02", "cohortDate": "2190-01-01"},
            "none, for the range has not begun",
        ),
        ("lifecycle", {"interval": "hour"}, "allowed: day, week, month"),
        ("lifecycle", {"startDate": "2020-01-01"}, "narrow the range or use a larger interval"),
        ("stickiness", {"interval": "hour"}, "allowed: day, week, month"),
        ("stickiness", {"minimum": "3", "maximum": "2"}, "maximum is less than minimum"),
        ("stickiness", {"cumulative": "perhaps"}, "allowed: 1 or 0"),
    ],
)
def test_a_questions_own_parameters_are_checked(ask: Ask, name: str, query: dict[str, str], message: str) -> None:
    answer = ask(f"/insights/shop/{name}", query)

    assert answer.status_code == 400
    assert message in answer.json()["details"][0]["message"]


def test_a_value_needs_the_breakdown_that_it_is_of(ask: Ask) -> None:
    answer = ask("/insights/shop/retention/people", {**CELL, "value": "DE"})

    assert answer.status_code == 400
    assert answer.json()["details"] == [
        {"field": "value", "message": "A value needs the breakdown that it is of; name a dimension."}
    ]


@pytest.mark.usefixtures("clickhouse")
def test_a_body_says_all_of_retention(ask: Ask) -> None:
    stored(
        [
            Event(at("2024-01-01T10:00"), "signup", country="DE", device="lone"),
            Event(at("2024-01-02T10:00"), "buy", country="DE", device="lone", order=1),
            Event(at("2024-01-02T11:00"), "buy", country="DE", device="lone", order=2),
        ],
        "shop",
    )
    body = {
        **CELL,
        "startEvent": "signup",
        "startFilters": [{"field": "country", "value": "DE"}],
        "returnEvent": "buy",
        "returnFilters": [{"or": [{"field": "country", "value": "DE"}, {"field": "path", "value": "/"}]}],
        "minimum": 2,
        "period": "day",
        "mode": "on_or_after",
        "cohort": "first_in_range",
        "breakdown": "country",
        "top": 1,
    }

    cells = ask("/insights/shop/retention", body={name: body[name] for name in body if name != "cohortDate"}).json()
    people = ask("/insights/shop/retention/people", body={**body, "periodNumber": 1, "value": "DE"}).json()

    assert [(cell["breakdown"], cell["retainedUsers"]) for cell in cells] == [("DE", 1), ("DE", 1)]
    assert people == [{"id": "lone", "kind": "device", "periods": [0, 1]}]


@pytest.mark.parametrize("text", ["' OR 1=1 --", "{value:String} $events", "\x00\\'", "x') OR (projectId = 'game"])
def test_hostile_texts_of_a_breakdown_stay_values(ask: Ask, text: str) -> None:
    stored([Event(at("2024-01-01T10:00"), properties={"somebody": "elses"})], "game")

    asked = {**CELL, "breakdown": f"properties.{text}", "value": text}
    people = ask("/insights/shop/retention/people", asked)
    cells = ask(
        "/insights/shop/retention",
        {
            "startDate": "2024-01-01",
            "endDate": "2024-01-02",
            "breakdown": f"profile.{text}",
            "startEvent": text,
            "startFilters": json.dumps([{"field": f"group.{text}", "value": text}]),
        },
    )

    assert (people.status_code, people.json()) == (200, [])
    assert (cells.status_code, cells.json()) == (200, [])
