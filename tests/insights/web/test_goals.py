"""Goals: who reaches them, how often, for how much, as a share of everybody."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.asking.filters import Filter
from insights.asking.groupings import Groupings
from insights.asking.metrics import OF_GOALS
from insights.web import goals
from insights.web.goals import Goal, Params
from tests.generated import cases
from tests.insights.conditions import Condition, all_mean, condition_lists
from tests.insights.histories import DAY, at, scope, stored
from tests.insights.links import as_linked, link, links
from tests.insights.oracle import Event
from tests.insights.query import oracle as query_oracle
from tests.insights.strategies import questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

START = at("2024-01-10")
EVENTS = [
    Event(START, path="/blog/a_b", device="a", country="DE"),
    Event(START + 1, path="/blog/a", device="a", country="DE", order=1),
    Event(START, "buy", path="/blog/x", device="b", country="KR", revenue=Decimal("9.5"), order=2),
    Event(START + 1, "buy", device="b", country="KR", revenue=Decimal("0.5"), order=3),
    Event(START, path="/", device="c", country="DE", order=4),
    Event(START, path="/blogXa", device="d", country="DE", order=5),
]


def rows(*wanted: Goal, by: tuple[str, ...] = (), **page: Any) -> list[dict[str, Any]]:
    here = scope(stored(EVENTS), START, START + DAY, **page)
    return goals.answer(Params(here, wanted, by, Groupings(by)))


def numbers(visitors: int, times: int, rate: float, revenue: Decimal = Decimal(0)) -> dict[str, Any]:
    return {
        "conversions": times,
        "convertedVisitors": visitors,
        "conversionRevenue": revenue,
        "conversionRate": rate,
    }


def test_an_empty_project_has_a_row_of_zeros_for_each_goal() -> None:
    here = scope("nobody", START, START + DAY)

    assert goals.answer(Params(here, (Goal("buy"), Goal(path="/")))) == [
        {"goal": "buy", **numbers(0, 0, 0)},
        {"goal": "/", **numbers(0, 0, 0)},
    ]


def test_an_event_counts_by_its_name_and_a_page_by_its_views() -> None:
    assert rows(Goal("buy"), Goal(path="/blog/*"), Goal("buy", "/blog/*"), Goal("none")) == [
        {"goal": "buy", **numbers(1, 2, 25, Decimal(10))},
        {"goal": "/blog/*", **numbers(1, 2, 25)},
        {"goal": "buy", **numbers(1, 1, 25, Decimal("9.5"))},
        {"goal": "none", **numbers(0, 0, 0)},
    ]


@pytest.mark.parametrize(
    ("path", "views"), [("/blog/a_b", 1), ("/blog_a", 0), ("%", 0), ("*", 4), ("/blog?a", 0), ("/*/a", 1), ("/", 1)]
)
def test_only_a_star_stands_for_other_text(path: str, views: int) -> None:
    assert rows(Goal(path=path))[0]["conversions"] == views


def test_a_goal_may_have_filters() -> None:
    dear = Goal("buy", filters=(Filter("revenue", "gt", 5),))

    assert rows(dear)[0] == {"goal": "buy", **numbers(1, 1, 25, Decimal("9.5"))}


def test_a_goal_by_a_dimension_is_a_share_of_those_of_the_same_value() -> None:
    assert rows(Goal("buy"), Goal(path="/blog/*"), by=("country",)) == [
        {"goal": "buy", "country": "KR", **numbers(1, 2, 100, Decimal(10))},
        {"goal": "/blog/*", "country": "DE", **numbers(1, 2, pytest.approx(100 / 3))},
    ]


def test_a_page_of_the_answer_is_a_part_of_the_goals_or_of_each_goals_groups() -> None:
    everything = Goal(path="*")

    assert [row["goal"] for row in rows(Goal("a"), Goal("b"), Goal("c"), limit=1, offset=1)] == ["b"]
    assert [row["path"] for row in rows(everything, by=("path",), limit=2, offset=1)] == ["/blog/a", "/blog/a_b"]


GOALS = {
    Goal("buy"): lambda event: event.name == "buy",
    Goal(path="/a"): lambda event: event.is_view and event.path == "/a",
    Goal(path="/*"): lambda event: event.is_view and event.path.startswith("/"),
    Goal("click", filters=(Filter("country", "eq", "DE"),)): (
        lambda event: event.name == "click" and event.country == "DE"
    ),
}
DIMENSIONS = [*query_oracle.OF_EVENTS, *query_oracle.OF_SESSIONS]


@cases(30)
@given(questions(), condition_lists, st.lists(st.sampled_from(DIMENSIONS), max_size=2, unique=True), links)
def test_every_goal_is_the_oracles(
    question: tuple[str, int, int, list[Event]],
    conditions: list[Condition],
    dimensions: list[str],
    linked: dict[str, str],
) -> None:
    zone, start, end, events = question
    by, filters, project = tuple(dimensions), [one.asked for one in conditions], stored(events)
    link(project, linked)
    here = scope(project, start, end, zone, filters, limit=10_000, is_linked=bool(linked))
    events = as_linked(events, linked)

    found = goals.answer(Params(here, tuple(GOALS), by, Groupings(by)))

    expected = []
    for goal, reached in GOALS.items():
        groups = query_oracle.query(events, start, end, by, zone, all_mean(conditions), goal=reached)
        everybody = {} if by else {(): numbers(0, 0, 0)}
        expected += [
            {"goal": goal.label, **dict(zip(by, key, strict=True)), **{name: row[name] for name in OF_GOALS}}
            for key, row in {**everybody, **groups}.items()
            if row["conversions"] or not by
        ]
    assert sorted(map(ordered, found)) == [pytest.approx(one) for one in sorted(map(ordered, expected))]


def ordered(row: dict[str, Any]) -> tuple[Any, ...]:
    texts = [value for name, value in row.items() if name not in OF_GOALS]
    return (*texts, *(float(row[name]) for name in OF_GOALS))
