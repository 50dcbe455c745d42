"""The query, the breakdown, goals and revenue as requests ask them, in an address or in a body."""

import json
from typing import Any

import pytest

from tests.insights.conftest import Ask
from tests.insights.histories import HOUR, at, stored
from tests.insights.oracle import Event
from tests.insights.senders import Senders

DAY = {"startDate": "2024-01-10", "endDate": "2024-01-10"}
BUYS = {"field": "name", "value": "buy"}


@pytest.fixture
def visited(shop: str, clickhouse: None) -> None:
    """A morning in Berlin: one visitor looks, another one looks and buys; and somebody looks at the game."""
    start = at("2024-01-10T08:00")
    stored(
        [
            Event(start, path="/", country="DE", device="a", properties={"plan": "pro"}),
            Event(start + HOUR, path="/", country="KR", device="b", properties={"plan": "free"}, order=1),
            Event(start + HOUR + 1, "buy", country="KR", device="b", interactive=True, order=2),
        ],
        "shop",
    )
    stored([Event(start, path="/hidden", country="XX", device="x")], "game")


def test_a_query_says_everything_in_a_body(ask: Ask, visited: None) -> None:
    body = {
        **DAY,
        "metrics": ["uniqueVisitors", "totalSessions", "conversionRate"],
        "dimensions": ["time:hour", "properties.plan"],
        "filters": [{"or": [{"field": "country", "value": "DE"}, {"not": {"field": "name", "value": "buy"}}]}],
        "goal": {"path": "/*", "filters": [{"field": "country", "value": "KR"}]},
        "order": ["-time:hour"],
        "totals": True,
        "compare": "previous",
        "limit": 1,
        "offset": 0,
    }

    answer = ask("/insights/shop/query", body=body).json()

    numbers = {"uniqueVisitors": 1, "totalSessions": 1, "conversionRate": 100}
    assert answer == {
        "results": [
            {
                "time:hour": "2024-01-10T10:00:00+01:00",
                "properties.plan": "free",
                **numbers,
                "compare": {"previous": dict.fromkeys(numbers, 0), "change": dict.fromkeys(numbers)},
            }
        ],
        "totals": {"uniqueVisitors": 2, "totalSessions": 2, "conversionRate": 50},
        "totalRows": 2,
    }


@pytest.mark.parametrize("metrics", ["totalEvents,uniqueVisitors", '["totalEvents","uniqueVisitors"]'])
def test_an_address_says_lists_with_commas_or_as_json(ask: Ask, visited: None, metrics: str) -> None:
    asked = {**DAY, "metrics": metrics, "dimensions": "country", "order": "country", "filters": json.dumps([BUYS])}

    assert ask("/insights/shop/query", asked).json() == {
        "results": [{"country": "KR", "totalEvents": 1, "uniqueVisitors": 1}]
    }


def test_without_metrics_a_query_answers_the_overview(ask: Ask, visited: None) -> None:
    assert ask("/insights/shop/query", DAY).json()["results"] == [ask("/insights/shop/metrics", DAY).json()]


def test_time_alone_is_the_time_series(ask: Ask, visited: None) -> None:
    series = ask("/insights/shop/timeseries", {**DAY, "interval": "hour"}).json()

    rows = ask("/insights/shop/query", {**DAY, "dimensions": "time:hour"}).json()["results"]

    assert [{"date": row.pop("time:hour"), **row} for row in rows] == series
    assert len(series) == 24


def test_another_time_zone_moves_days_and_hours(ask: Ask, visited: None) -> None:
    asked = {**DAY, "metrics": "totalEvents", "dimensions": "time:hour", "order": "-totalEvents", "limit": "1"}

    answer = ask("/insights/shop/query", {**asked, "timezone": "Asia/Seoul"}).json()

    assert answer["results"] == [{"time:hour": "2024-01-10T18:00:00+09:00", "totalEvents": 2}]


def test_a_breakdown_is_a_list_by_any_dimensions(ask: Ask, visited: None) -> None:
    assert ask("/insights/shop/breakdown", {**DAY, "by": "properties.plan,country"}).json() == [
        row("", "KR", views=0),
        row("free", "KR", views=1),
        row("pro", "DE", views=1),
    ]


def row(plan: str, country: str, views: int) -> dict[str, Any]:
    numbers = {"uniqueVisitors": 1, "totalEvents": 1, "totalScreenViews": views, "revenue": 0}
    return {"properties.plan": plan, "country": country, **numbers}


def test_what_is_known_of_persons_is_a_dimension_too(ask: Ask, senders: Senders) -> None:
    senders.send(
        {"name": "page_view", "path": "/", "deviceId": "phone", "timestamp": "2024-01-10T12:00:00Z"},
        {"name": "buy", "deviceId": "phone", "profileId": "ann", "timestamp": "2024-01-10T12:01:00Z"},
        {"name": "page_view", "path": "/", "deviceId": "kiosk", "timestamp": "2024-01-10T12:00:00Z"},
        {"type": "identify", "profileId": "ann", "deviceId": "phone", "plan": "pro"},
    )
    asked = {**DAY, "metrics": "totalEvents,uniqueVisitors,totalSessions,conversionRate", "goal": "buy"}

    rows = ask("/insights/shop/breakdown", {**asked, "by": "profile.plan,entryPath"}).json()

    assert rows == [
        {"profile.plan": "pro", "entryPath": "/", **numbers(2, 100)},
        {"profile.plan": "", "entryPath": "/", **numbers(1, 0)},
    ]


def numbers(events: int, rate: int) -> dict[str, int]:
    return {"totalEvents": events, "uniqueVisitors": 1, "totalSessions": 1, "conversionRate": rate}


def test_goals_are_named_in_an_address_or_said_in_full(ask: Ask, visited: None) -> None:
    by_address = ask("/insights/shop/goals", {**DAY, "goals": "buy,/"}).json()
    by_body = ask("/insights/shop/goals", body={**DAY, "goals": [{"name": "buy"}, {"path": "/"}]}).json()

    assert by_address == by_body
    assert [(row["goal"], row["conversionRate"]) for row in by_address] == [("buy", 50), ("/", 100)]


@pytest.mark.parametrize(
    ("name", "query", "field", "message"),
    [
        ("query", {"metrics": "shoes"}, "metrics", "There is no metric 'shoes'; allowed: uniqueVisitors,"),
        ("query", {"metrics": "[]"}, "metrics", "a list of 1 to 100 of"),
        ("query", {"metrics": "[1]"}, "metrics", "There is no metric 1"),
        ("query", {"metrics": "[{}]"}, "metrics", "There is no metric {}"),
        ("query", {"order": "[{}]"}, "order", "order cannot be {}"),
        ("query", {"dimensions": "planet"}, "dimensions", "There is no dimension 'planet'; allowed: time:minute,"),
        ("query", {"dimensions": "properties."}, "dimensions", "There is no dimension"),
        ("query", {"dimensions": "[[]]"}, "dimensions", "There is no dimension []"),
        ("query", {"dimensions": "time:day,time:hour"}, "dimensions", "one of time at most"),
        ("query", {"dimensions": "name,path,country,city,os,device"}, "dimensions", "1 to 5 dimensions"),
        ("query", {"dimensions": "time:minute", "startDate": "2024-01-01"}, "dimensions", "narrow the range"),
        ("query", {"order": "path"}, "order", "order cannot be 'path'; allowed: uniqueVisitors,"),
        ("query", {"order": "[]"}, "order", "order must be a list"),
        ("query", {"metrics": "conversions"}, "goal", "need a goal"),
        ("query", {"goal": '{"name": ""}'}, "goal.name", "allowed: 1 to 2000 characters"),
        ("query", {"goal": '{"shoe": "x"}'}, "goal", "A goal is an event name, a path"),
        ("query", {"goal": "{"}, "goal", "goal is not JSON"),
        ("query", {"timezone": "Mars/Base"}, "timezone", "There is no time zone 'Mars/Base'; allowed: IANA names"),
        ("query", {"timezone": "../../etc/passwd"}, "timezone", "There is no time zone"),
        ("query", {"compare": "last"}, "compare", "allowed: previous"),
        ("query", {"totals": "perhaps"}, "totals", "allowed: 1 or 0"),
        ("query", {"by": "country"}, "by", "There is no parameter 'by' here; allowed: compare, dimensions,"),
        ("breakdown", {"by": ""}, "by", "Say what to group by"),
        ("goals", {"goals": ""}, "goals", "Give 1 to 20 goals"),
        ("goals", {"goals": json.dumps(["x"] * 21)}, "goals", "Give 1 to 20 goals"),
        ("goals", {"goals": '[{"name": "a", "filters": [1]}]'}, "goals[0].filters[0]", "A filter is an object"),
        ("goals", {"goals": "buy", "by": "planet"}, "by", "There is no dimension 'planet'"),
        ("revenue", {"by": "planet"}, "by", "There is no dimension 'planet'"),
        ("timeseries", {"compare": "last"}, "compare", "allowed: previous"),
    ],
)
def test_a_wrong_parameter_is_a_400_that_says_what_is_allowed(
    ask: Ask, name: str, query: dict[str, str], field: str, message: str
) -> None:
    answer = ask(f"/insights/shop/{name}", query)

    assert answer.status_code == 400
    assert [problem["field"] for problem in answer.json()["details"]] == [field]
    assert message in answer.json()["details"][0]["message"]


def test_a_series_stands_beside_the_period_before(ask: Ask, visited: None) -> None:
    asked = {"startDate": "2024-01-10", "endDate": "2024-01-11", "compare": "previous"}

    rows = ask("/insights/shop/timeseries", asked).json()

    assert [(one["date"], one["compare"]["previous"]["date"]) for one in rows] == [
        ("2024-01-10", "2024-01-08"),
        ("2024-01-11", "2024-01-09"),
    ]
    assert rows[0]["compare"]["change"]["totalEvents"] is None


def test_a_bucket_that_the_period_before_lacks_stands_alone(ask: Ask, shop: str) -> None:
    # Three days from Sunday to Tuesday touch two weeks, the three days before only one.
    asked = {"startDate": "2024-01-14", "endDate": "2024-01-16", "interval": "week", "compare": "previous"}

    rows = ask("/insights/shop/timeseries", asked).json()

    assert [one["date"] for one in rows] == ["2024-01-14", "2024-01-15"]
    assert [one["compare"]["previous"] is None for one in rows] == [False, True]
    assert rows[1]["compare"]["change"] is None


@pytest.mark.parametrize("asked", [{"dimensions": ["properties.\ud800"]}, {"goal": "\ud800"}, {"timezone": "\ud800"}])
def test_half_a_character_is_no_reason_to_fail(ask: Ask, shop: str, asked: Any) -> None:
    assert ask("/insights/shop/query", body={**asked, "metrics": ["totalEvents"]}).status_code in {200, 400}


def test_nobody_elses_groups_show(ask: Ask, visited: None) -> None:
    for dimension in ("path", "country", "entryPath", "session.country", "deviceId"):
        answer = ask("/insights/shop/query", {**DAY, "dimensions": dimension})

        assert answer.status_code == 200
        assert "hidden" not in answer.content.decode()
        assert "XX" not in answer.content.decode()
