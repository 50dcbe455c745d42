"""What one request may ask for: how many filters, patterns and names; how long, and how many problems it is told."""

from collections.abc import Callable
from typing import Any

import pytest

from insights.asking import patterns
from tests.insights.conftest import Ask

MATCHES = {"field": "path", "operator": "matches", "value": "^/a"}
EXISTS = {"field": "path", "operator": "exists"}
WINDOW = "at most 3650 days"


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The patterns of each question to ClickHouse whether they are some."""
    heard: list[tuple[str, ...]] = []
    real: Callable[[Any], bool] = patterns.are_fine

    def listening(asked: Any) -> bool:
        heard.append(tuple(asked))
        return real(asked)

    monkeypatch.setattr(patterns, "are_fine", listening)
    return heard


def problems(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 400, answer.content
    found: list[dict[str, str]] = answer.json()["details"]
    return found


@pytest.mark.parametrize(
    "filters",
    [
        [MATCHES] * 51,
        [{"or": [MATCHES] * 50}] * 2,
        [{"or": [{"or": [{"or": [MATCHES] * 20}] * 20}] * 20}],
        [{"not": {"and": [EXISTS, {"or": [MATCHES] * 60}]}}],
    ],
    ids=["flat", "twice", "nested", "not"],
)
def test_too_many_filters_are_refused_before_any_is_read(
    ask: Ask, looked_at: list[tuple[str, ...]], filters: list[Any]
) -> None:
    answer = ask("/insights/shop/metrics", body={"filters": filters})

    assert problems(answer) == [
        {"field": "filters", "message": "filters holds too many filters; at most 50 are allowed."}
    ]
    assert not looked_at


def test_the_filters_of_all_lists_of_a_request_are_counted_together(ask: Ask) -> None:
    steps = [{"name": "a", "filters": [EXISTS] * 50}] * 3

    answer = ask("/insights/shop/funnel", body={"steps": steps})

    [problem] = problems(answer)
    assert problem["field"] == "steps[2].filters"
    assert "100 are allowed in a request" in problem["message"]


def test_all_patterns_of_a_request_are_looked_at_at_once_and_each_once(
    ask: Ask, looked_at: list[tuple[str, ...]]
) -> None:
    steps = [{"name": "a", "filters": [MATCHES, {**MATCHES, "value": str(at)}]} for at in range(3)]

    answer = ask("/insights/shop/funnel", body={"steps": steps, "filters": [MATCHES]})

    assert answer.status_code == 200
    assert looked_at == [("0", "1", "2", "^/a")]


def test_wrong_patterns_are_named_wherever_they_stand(ask: Ask) -> None:
    wrong = {**MATCHES, "value": "a("}

    answer = ask(
        "/insights/shop/paths",
        body={
            "filters": [MATCHES, {"or": [wrong, MATCHES]}],
            "groupings": [
                {"name": "x", "pattern": "[b"},
                {"name": "y", "pattern": "b"},
                {"name": "z", "prefix": "("},
            ],
        },
    )

    assert {problem["field"] for problem in problems(answer)} == {"filters[1].or[0].value", "groupings[0].pattern"}


def test_of_many_wrong_patterns_a_few_are_named_and_few_questions_asked(
    ask: Ask, looked_at: list[tuple[str, ...]]
) -> None:
    answer = ask("/insights/shop/metrics", body={"filters": [{**MATCHES, "value": f"({at}"} for at in range(50)]})

    assert len(problems(answer)) == 3
    assert len(looked_at) < 20


def test_prefixes_of_paths_are_no_patterns(ask: Ask, looked_at: list[tuple[str, ...]]) -> None:
    groupings = [{"name": str(at), "prefix": "/"} for at in range(50)]

    assert ask("/insights/shop/paths", body={"groupings": groupings}).status_code == 200
    assert not looked_at


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("query", {"dimensions": ["a"] * 100_000}, "dimensions"),
        ("query", {"dimensions": ["cohort.a"] * 100_000}, "dimensions"),
        ("query", {"metrics": ["a"] * 100_000}, "metrics"),
        ("query", {"order": ["uniqueVisitors"] * 100_000}, "order"),
        ("breakdown", {"by": [3] * 100_000}, "by"),
        ("trends", {"series": ["a"], "breakdown": ["a"] * 100_000}, "breakdown"),
    ],
)
def test_a_list_that_is_too_long_is_one_problem(ask: Ask, name: str, body: dict[str, Any], field: str) -> None:
    assert [one["field"] for one in problems(ask(f"/insights/shop/{name}", body=body))] == [field]


def test_a_request_is_told_of_fifty_problems_at_most(ask: Ask) -> None:
    answer = ask("/insights/shop/metrics", body={f"unknown{at}": 1 for at in range(10_000)})

    assert len(problems(answer)) == 50


@pytest.mark.parametrize(
    ("name", "asked", "field", "message"),
    [
        ("funnel", {"steps": "a,b", "window": "999999d", "interval": "day"}, "window", WINDOW),
        ("funnel", {"steps": "a,b", "window": "999999999w", "interval": "day"}, "window", WINDOW),
        ("funnel/people", {"steps": "a,b", "window": "3651d"}, "window", WINDOW),
        ("funnel/people", {"steps": "a,b", "step": 3}, "step", "there are 2 steps"),
        ("funnel/people", {"steps": "a,b", "step": 3, "outcome": "lost"}, "step", "there are 2 steps"),
        ("paths", {"minShare": 10**400}, "minShare", "0 to 100"),
        ("paths", {"minShare": -(10**400)}, "minShare", "0 to 100"),
        ("paths", {"minShare": "9" * 400}, "minShare", "0 to 100"),
    ],
)
def test_what_is_too_large_is_a_400(ask: Ask, name: str, asked: dict[str, Any], field: str, message: str) -> None:
    [problem] = problems(ask(f"/insights/shop/{name}", body=asked))

    assert problem["field"] == field
    assert message in problem["message"]


def test_the_longest_window_is_answered(ask: Ask) -> None:
    body = {"steps": "a,b", "window": "3650d", "interval": "day"}

    assert ask("/insights/shop/funnel", body=body).status_code == 200


DAYS = {"startDate": "2010-01-01", "endDate": "2019-12-31"}  # 3,652 of them


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"limit": 49}, 200),  # 50 lines of 3,652 numbers
        ({"limit": 49, "formula": "A"}, 400),
        ({"limit": 49, "compare": "previous"}, 400),
        ({"limit": 24, "compare": "previous"}, 200),
    ],
)
def test_trends_count_the_formula_and_the_period_before(ask: Ask, more: dict[str, Any], status: int) -> None:
    body = {"series": ["a"], "breakdown": ["country"], **DAYS, **more}

    assert ask("/insights/shop/trends", body=body).status_code == status


def test_lists_for_filters_may_begin_tomorrow(ask: Ask) -> None:
    answer = ask("/filters/shop/paths", {"startDate": "2150-01-01"})

    assert answer.status_code == 200
    assert answer.json()["data"] == []


def test_meta_names_the_property_whose_values_are_listed(ask: Ask) -> None:
    answer = ask("/filters/shop/property-values", {"key": "properties.plan", "meta": "1"})

    assert answer.json()["data"]["query"]["key"] == "plan"


GROUPS = [{"field": "group.company", "operator": "in", "value": ["a"]}] * 50  # the longest in SQL


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (
            "trends",
            {"series": [{"event": "a", "filters": GROUPS, "measure": "perUser"}] * 2, "breakdown": ["country"]},
        ),
        ("goals", {"goals": [{"name": "a", "filters": GROUPS}] * 2, "by": ["country"]}),
        ("funnel", {"steps": [{"name": "a", "filters": GROUPS}] * 2, "breakdown": "country", "order": "any"}),
    ],
)
def test_as_many_filters_as_are_allowed_are_answered(ask: Ask, name: str, body: dict[str, Any]) -> None:
    assert ask(f"/insights/shop/{name}", body=body).status_code == 200
