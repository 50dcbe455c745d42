"""The one query for all: metrics by dimensions, in order, with totals and the period before."""

from decimal import Decimal
from typing import Any

import pytest

from insights.asking.filters import Filter
from insights.asking.metrics import METRICS
from insights.query import query
from insights.web.goals import Goal
from tests.insights.histories import DAY, HOUR, MINUTE, at, scope, stored
from tests.insights.oracle import Event
from tests.insights.questions import asked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

START = at("2024-01-10")
BUY = Goal("buy")
EVENTS = [
    Event(START, path="/", country="DE", device="a"),
    Event(START + MINUTE, path="/a", country="KR", device="a", order=1),
    Event(START + HOUR, "buy", country="DE", device="b", interactive=True, revenue=Decimal("19.90"), order=2),
    Event(START + DAY, path="/", country="DE", device="b", order=3),
]


def small(metrics: tuple[str, ...], dimensions: tuple[str, ...] = (), days: int = 1, **more: Any) -> Any:
    page = {name: more.pop(name) for name in ("limit", "offset") if name in more}
    filters = more.pop("filters", ())
    here = scope(stored(EVENTS), START, START + days * DAY, filters=filters, **page)
    return query.answer(asked(here, metrics, dimensions, **more))


def test_an_empty_project_has_zeros_and_no_groups() -> None:
    here = scope("nobody", START, START + DAY)

    assert query.answer(asked(here, tuple(METRICS), totals=True)) == {
        "results": [dict.fromkeys(METRICS, 0)],
        "totals": dict.fromkeys(METRICS, 0),
        "totalRows": 1,
    }
    assert query.answer(asked(here, tuple(METRICS), ("country", "entryPath"), totals=True)) == {
        "results": [],
        "totals": dict.fromkeys(METRICS, 0),
        "totalRows": 0,
    }


def test_a_session_counts_in_every_value_that_its_events_have() -> None:
    assert small(("totalEvents", "totalSessions", "uniqueVisitors"), ("country",)) == {
        "results": [
            {"country": "DE", "totalEvents": 2, "totalSessions": 2, "uniqueVisitors": 2},
            {"country": "KR", "totalEvents": 1, "totalSessions": 1, "uniqueVisitors": 1},
        ]
    }


def test_totals_are_those_of_the_whole_and_not_sums() -> None:
    answer = small(("uniqueVisitors", "totalSessions"), ("country",), limit=1, offset=1, totals=True)

    assert answer == {
        "results": [{"country": "KR", "uniqueVisitors": 1, "totalSessions": 1}],
        "totals": {"uniqueVisitors": 2, "totalSessions": 2},
        "totalRows": 2,
    }


def test_time_alone_has_every_bucket() -> None:
    assert small(("totalEvents", "totalSessions"), ("time:day",), days=3)["results"] == [
        {"time:day": "2024-01-10", "totalEvents": 3, "totalSessions": 2},
        {"time:day": "2024-01-11", "totalEvents": 1, "totalSessions": 1},
        {"time:day": "2024-01-12", "totalEvents": 0, "totalSessions": 0},
    ]


def test_time_beside_another_dimension_has_the_groups_that_hold_something() -> None:
    assert small(("totalEvents",), ("time:day", "country"), days=3)["results"] == [
        {"time:day": "2024-01-10", "country": "DE", "totalEvents": 2},
        {"time:day": "2024-01-10", "country": "KR", "totalEvents": 1},
        {"time:day": "2024-01-11", "country": "DE", "totalEvents": 1},
    ]


def test_order_is_as_asked_and_then_by_the_dimensions() -> None:
    def countries(*order: str) -> list[str]:
        rows = small(("totalSessions", "totalEvents"), ("country", "path"), order=order)["results"]
        return [row["country"] + row["path"] for row in rows]

    assert countries() == ["DE", "DE/", "KR/a"]
    assert countries("-country", "path") == ["KR/a", "DE", "DE/"]
    assert countries("totalEvents", "-path") == ["KR/a", "DE/", "DE"]


def test_events_are_grouped_by_what_their_session_began_and_ended_with() -> None:
    assert small(("totalEvents", "totalSessions"), ("entryPath", "exitPath"))["results"] == [
        {"entryPath": "/", "exitPath": "/a", "totalEvents": 2, "totalSessions": 1},
        {"entryPath": "", "exitPath": "", "totalEvents": 1, "totalSessions": 1},
    ]


ALONE = [
    ("uniqueVisitors", 2),
    ("totalSessions", 2),
    ("totalScreenViews", 2),
    ("totalEvents", 3),
    ("avgSessionDuration", 30),
    ("bounceRate", 0),
    ("viewsPerSession", 1),
    ("revenue", Decimal("19.9")),
    ("orders", 1),
    ("payingVisitors", 1),
    ("averageOrderValue", 19.9),
    ("conversions", 1),
    ("convertedVisitors", 1),
    ("conversionRate", 50),
    ("conversionRevenue", Decimal("19.9")),
    ("entrances", 1),
    ("exits", 1),
    ("eventsPerVisitor", 1.5),
    ("sessionsPerVisitor", 1),
    ("revenuePerVisitor", 9.95),
]


@pytest.mark.parametrize(("metric", "number"), ALONE)
def test_every_metric_can_be_asked_for_alone(metric: str, number: Any) -> None:
    assert small((metric,), goal=BUY) == {"results": [{metric: number}]}


def test_every_metric_is_tried() -> None:
    assert {metric for metric, _ in ALONE} == set(METRICS)


def test_entrances_and_exits_of_a_path_are_those_on_it() -> None:
    metrics = ("totalScreenViews", "entrances", "exits", "bounceRate")

    by_path = small(metrics, ("path",), order=("path",))["results"]
    filtered = small(metrics, filters=[Filter("path", "eq", "/a")])["results"]

    assert by_path == [
        {"path": "", "totalScreenViews": 0, "entrances": 0, "exits": 0, "bounceRate": 0},
        {"path": "/", "totalScreenViews": 1, "entrances": 1, "exits": 0, "bounceRate": 0},
        {"path": "/a", "totalScreenViews": 1, "entrances": 0, "exits": 1, "bounceRate": 0},
    ]
    assert filtered == [{"totalScreenViews": 1, "entrances": 0, "exits": 1, "bounceRate": 0}]


def test_each_group_stands_beside_itself_in_the_period_before() -> None:
    here = scope(stored(EVENTS), START + DAY, START + 2 * DAY)

    answer = query.answer(asked(here, ("totalEvents", "bounceRate"), ("country",), compare="previous"))

    assert answer["results"] == [
        {
            "country": "DE",
            "totalEvents": 1,
            "bounceRate": 100,
            "compare": {
                "previous": {"totalEvents": 2, "bounceRate": 0},
                "change": {"totalEvents": -50, "bounceRate": 100},
            },
        }
    ]


def test_a_time_stands_beside_the_same_place_of_the_period_before() -> None:
    here = scope(stored(EVENTS), START + DAY, START + 3 * DAY)

    answer = query.answer(asked(here, ("totalEvents",), ("time:day",), compare="previous"))

    assert [(row["time:day"], row["totalEvents"], row["compare"]) for row in answer["results"]] == [
        ("2024-01-11", 1, {"previous": {"totalEvents": 0}, "change": {"totalEvents": None}}),
        ("2024-01-12", 0, {"previous": {"totalEvents": 3}, "change": {"totalEvents": -100}}),
    ]
