"""Trends: several series over time, in groups, with formulas, means and the period before."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from insights.asking.filters import Filter
from insights.trends import trends
from insights.trends.measures import MEASURES
from insights.trends.series import Series
from tests.insights.histories import DAY, HOUR, MINUTE, at, moment, scope, stored
from tests.insights.oracle import Event
from tests.insights.trends.asked import asked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

START = at("2024-01-10")
EVENTS = [
    Event(START, path="/", country="DE", device="a", properties={"n": 2}),
    Event(START + MINUTE, path="/a", country="KR", device="a", order=1, properties={"n": 3.5}),
    Event(START + HOUR, "buy", country="DE", device="b", revenue=Decimal("0.1"), order=2),
    Event(START + HOUR, "buy", country="KR", device="b", revenue=Decimal("0.2"), order=3),
    Event(START + DAY, path="/", country="FR", device="b", order=4, properties={"n": "many"}),
]


def small(*series: Series, days: int = 2, limit: int = 10, **more: Any) -> Any:
    here = scope(stored(EVENTS), START, START + days * DAY, limit=limit)
    return trends.answer(asked(here, *series, **more))


def lines(answer: Any, name: str = "") -> list[Any]:
    """Of each row its group's value, its data and its total."""
    return [
        ("other" if row["isOther"] else row["breakdown"].get(name, ""), row["data"], row["total"])
        for row in answer["series"]
    ]


def test_an_empty_project_answers_zeros_in_every_bucket() -> None:
    here = scope("nobody", START, START + 2 * DAY)

    answer = trends.answer(asked(here, Series("*", "unique"), Series("*", "avg", "properties.n")))

    assert answer["dates"] == ["2024-01-10", "2024-01-11"]
    assert lines(answer) == [("", [0, 0], 0), ("", [0, 0], 0)]
    assert trends.answer(asked(here, Series("*"), breakdown=("country",)))["series"] == []


@pytest.mark.parametrize(
    ("series", "data", "total"),
    [
        (Series("*", "total"), [4, 1], 5),
        (Series("buy", "total"), [2, 0], 2),
        (Series("*", "unique"), [2, 1], 2),
        (Series("page_view", "unique", filters=(Filter("path", "eq", "/"),)), [1, 1], 2),
        (Series("*", "sessions"), [2, 1], 3),
        (Series("*", "perUser"), [2, 1], 2.5),
        (Series("*", "sum", "properties.n"), [5.5, 0], 5.5),
        (Series("*", "sum", "revenue"), [Decimal("0.3"), 0], Decimal("0.3")),
        (Series("*", "avg", "properties.n"), [2.75, 0], 2.75),
        (Series("*", "mean", "properties.n"), [2.75, 0], 2.75),
        (Series("*", "median", "properties.n"), [2.75, 0], 2.75),
        (Series("*", "p75", "properties.n"), [3.125, 0], 3.125),
        (Series("*", "p90", "properties.n"), [3.35, 0], 3.35),
        (Series("*", "p95", "properties.n"), [3.425, 0], 3.425),
        (Series("*", "p99", "properties.n"), [3.485, 0], 3.485),
        (Series("*", "min", "properties.n"), [2, 0], 2),
        (Series("*", "max", "properties.n"), [3.5, 0], 3.5),
        (Series("*", "min", "revenue"), [0.1, 0], 0.1),
        (Series("*", "distinct", "properties.n"), [2, 1], 3),
        (Series("*", "distinct", "country"), [2, 1], 3),
        (Series("*", "distinct", "revenue"), [2, 0], 2),
    ],
)
def test_every_measure_has_its_number(series: Series, data: list[Any], total: Any) -> None:
    [(group, found, whole)] = lines(small(series))

    assert (group, [float(one) for one in found], float(whole)) == (
        "",
        pytest.approx([float(one) for one in data], rel=1e-14),
        pytest.approx(float(total), rel=1e-14),
    )


def test_every_measure_is_tried() -> None:
    marks = test_every_measure_has_its_number.pytestmark  # type: ignore[attr-defined]  # pytest's own mark
    assert {series.measure for series, _, _ in marks[0].args[1]} == set(MEASURES)


def test_revenue_is_summed_without_the_errors_of_binary_fractions() -> None:
    assert lines(small(Series("*", "sum", "revenue"), days=1)) == [("", [Decimal("0.3")], Decimal("0.3"))]


def test_the_largest_groups_of_the_first_series_are_shown_and_the_others_counted_as_one() -> None:
    answer = small(Series("*", "total"), Series("*", "unique"), breakdown=("country",), limit=1)

    assert lines(answer, "country") == [
        ("DE", [2, 0], 2),
        ("other", [2, 1], 3),
        ("DE", [2, 0], 2),
        ("other", [2, 1], 2),
    ]
    assert [row["series"] for row in answer["series"]] == ["A", "A", "B", "B"]


def test_groups_can_be_paged() -> None:
    here = scope(stored(EVENTS), START, START + 2 * DAY, limit=1, offset=1)

    answer = trends.answer(asked(here, Series("*"), breakdown=("country",)))

    assert lines(answer, "country") == [("KR", [2, 0], 2), ("other", [2, 1], 3)]


def test_no_others_are_told_where_there_are_none() -> None:
    answer = small(Series("*"), breakdown=("country", "path"), limit=10)

    assert [(row["breakdown"]["country"], row["breakdown"]["path"]) for row in answer["series"]] == [
        ("DE", ""),
        ("DE", "/"),
        ("FR", "/"),
        ("KR", ""),
        ("KR", "/a"),
    ]


def test_a_formula_is_reckoned_per_bucket_and_group_and_for_the_whole_range() -> None:
    answer = small(Series("buy"), Series("*"), formula="(A + 1) / B * 100", breakdown=("country",), limit=2)

    rows = [row for row in answer["series"] if row["series"] == "formula"]
    assert [(row["breakdown"], row["data"], row["total"]) for row in rows] == [
        ({"country": "DE"}, [100, None], 100),
        ({"country": "KR"}, [100, None], 100),
        ({}, [None, 100], 100),
    ]
    assert rows[0]["label"] == "(A + 1) / B * 100"


def test_cumulative_counts_a_person_once() -> None:
    answer = small(Series("*", "unique"), Series("*"), Series("page_view", "unique"), cumulative=True, days=3)

    assert lines(answer) == [("", [2, 2, 2], 2), ("", [4, 5, 5], 5), ("", [1, 2, 2], 2)]


def test_a_moving_average_is_the_mean_of_a_bucket_and_those_before_it() -> None:
    answer = small(Series("*"), Series("buy"), formula="A / B", moving_average=2, days=3)

    assert lines(answer) == [("", [4, 2.5, 0.5], 5), ("", [2, 1, 0], 2), ("", [2, 2, None], 2.5)]


def test_each_row_stands_beside_itself_in_the_period_before() -> None:
    here = scope(stored(EVENTS), START + DAY, START + 2 * DAY, limit=1)

    answer = trends.answer(asked(here, Series("*", "unique"), compare="previous", breakdown=("country",)))

    assert answer["compare"] == {"dates": ["2024-01-10"]}
    assert [(row["breakdown"], row["data"], row["compare"]) for row in answer["series"]] == [
        ({"country": "FR"}, [1], {"data": [0], "total": 0, "change": None}),
        ({}, [0], {"data": [2], "total": 2, "change": -100}),
    ]


def test_what_is_cut_or_not_over_is_marked() -> None:
    here = scope("nobody", START + HOUR, START + 4 * DAY)

    answer = trends.answer(asked(here, Series("*"), now=moment(START + 3 * DAY + 1)))

    assert answer["complete"] == [False, True, True, False]


def test_sessions_count_where_they_start_for_a_group_of_a_later_event() -> None:
    night = START + DAY
    events = [Event(night - MINUTE, country="DE"), Event(night + MINUTE, "buy", country="KR", order=1)]
    here = scope(stored(events), START, START + 2 * DAY)

    answer = trends.answer(asked(here, Series("buy", "sessions"), Series("buy"), breakdown=("country",)))

    assert lines(answer, "country") == [("KR", [1, 0], 1), ("KR", [0, 1], 1)]


def test_groups_may_be_what_the_session_began_with() -> None:
    answer = small(Series("*"), Series("*", "sessions"), breakdown=("entryPath",))

    assert lines(answer, "entryPath") == [
        ("/", [2, 1], 3),
        ("", [2, 0], 2),
        ("/", [1, 1], 2),
        ("", [1, 0], 1),
    ]


def test_values_with_signs_of_every_kind_are_groups() -> None:
    values = [
        "it's",
        'a "b"',
        "back\\slash",
        "/",
        "日本",
        "{x:String}",
        "$key",
        "tab\t",
        "\x00",
        "[",
        "other",
    ]
    events = [Event(START, path=value, country=value, order=order) for order, value in enumerate(values)]
    here = scope(stored(events), START, START + DAY, limit=20)

    for breakdown in (("path",), ("path", "country")):
        answer = trends.answer(asked(here, Series("*"), breakdown=breakdown))

        assert lines(answer, "path") == [(value, [1], 1) for value in sorted(values)]


@pytest.mark.parametrize("is_linked", [False, True])
@pytest.mark.parametrize("cumulative", [False, True])
@pytest.mark.parametrize(
    ("dimension", "groups", "persons"),
    [
        ("profile.plan", [""], [2]),
        ("group.company", [""], [2]),
        ("cohort.none", ["out"], [2]),
        ("properties.n", ["", "3.5", "2", "many"], [1, 1, 1, 1]),
        ("deviceId", ["b", "a"], [1, 1]),
        ("exitPath", ["/a", "", "/"], [1, 1, 1]),
    ],
)
def test_every_measure_can_be_asked_for_at_once_by_any_dimension(
    dimension: str, groups: list[str], persons: list[int], cumulative: bool, is_linked: bool
) -> None:
    properties = {"": "", "number": "properties.n", "any": "properties.n"}
    series = [Series("*", name, properties[measure.of]) for name, measure in MEASURES.items()]
    here = replace(scope(stored(EVENTS), START, START + 2 * DAY), is_linked=is_linked)

    answer = trends.answer(asked(here, *series, breakdown=(dimension, "currency"), cumulative=cumulative))

    assert [row["breakdown"][dimension] for row in answer["series"]] == groups * len(MEASURES)
    assert [row["total"] for row in answer["series"] if row["series"] == "B"] == persons
