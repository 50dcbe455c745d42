"""Exclusions: an attempt with an excluded event between its steps is dead."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.asking.filters import Filter
from insights.funnels import funnel
from insights.funnels.funnel import Params
from insights.funnels.steps import Exclusion, Step
from tests.generated import cases
from tests.insights.funnels import oracle as funnel_oracle
from tests.insights.funnels.oracle import Ask
from tests.insights.funnels.test_crowds import SERVES, crowds, distinct_steps, steps_asked
from tests.insights.funnels.test_funnel import START, busy, counts, history
from tests.insights.histories import DAY, HOUR, scope, stored
from tests.insights.oracle import Event

__all__ = ["busy"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

BETWEEN = (Exclusion("x", (), 1, 2),)


def reached(letters: str, steps: str, *exclude: Exclusion, window: int = DAY, order: str = "ordered") -> int:
    asked = Params(
        scope(stored(history(letters)), START, START + 30 * DAY),
        tuple(map(Step, steps)),
        window,
        order,
        exclude=exclude or BETWEEN,
    )
    answer = funnel.answer(asked)
    assert isinstance(answer, list)
    return sum(row["count"] for row in answer)


@pytest.mark.parametrize(
    ("letters", "steps", "level"),
    [
        ("ab", "ab", 2),
        ("axb", "ab", 0),
        ("axbab", "ab", 2),
        ("axbaxb", "ab", 0),
        ("abx", "ab", 2),
        ("xab", "ab", 2),
        ("abaxb", "ab", 2),
        ("axba", "ab", 1),
        ("axxxxxxab", "ab", 2),
        ("ax", "ab", 0),
        ("axa", "ab", 1),
        ("(ax)b", "ab", 2),
        ("a(xb)", "ab", 2),
        ("a(x)b", "ab", 0),
        ("abxc", "abc", 3),
    ],
)
def test_who_only_has_attempts_with_an_excluded_event_is_left_out(letters: str, steps: str, level: int) -> None:
    assert reached(letters, steps) == level


@pytest.mark.parametrize(("letters", "level"), [("abxc", 0), ("axbc", 3), ("abx", 0), ("axb", 2), ("abxca", 1)])
def test_an_exclusion_is_between_its_own_steps(letters: str, level: int) -> None:
    assert reached(letters, "abc", Exclusion("x", (), 2, 3)) == level


@pytest.mark.parametrize(("letters", "level"), [("axbc", 0), ("abxc", 0), ("abc", 3), ("ayxbc", 0), ("abyc", 0)])
def test_several_exclusions_may_span_several_steps(letters: str, level: int) -> None:
    assert reached(letters, "abc", Exclusion("x", (), 1, 3), Exclusion("y", (), 2, 3)) == level


def test_outside_the_window_an_excluded_event_does_not_matter() -> None:
    assert reached("azzx", "ab", window=2000) == 1
    assert reached("azx", "ab", window=2000) == 0


def test_a_step_may_be_excluded_between_others() -> None:
    assert reached("aab", "ab", Exclusion("a", (), 1, 2)) == 2
    assert reached("abac", "abc", Exclusion("a", (), 2, 3)) == 1


@pytest.mark.parametrize(("letters", "level"), [("ab", 2), ("bxa", 1), ("bxax", 0), ("baxb", 2)])
def test_in_any_order_steps_are_counted_as_they_are_taken(letters: str, level: int) -> None:
    assert reached(letters, "ab", order="any") == level


@pytest.mark.parametrize(("letters", "level"), [("ab", 2), ("ax", 0), ("axb", 0), ("azx", 0), ("axab", 2)])
def test_in_strict_order_an_unfinished_attempt_dies_too(letters: str, level: int) -> None:
    assert reached(letters, "ab", order="strict") == level


@pytest.mark.parametrize("order", ["ordered", "strict", "any"])
@pytest.mark.parametrize("steps", ["ab", "abab"])
def test_a_person_with_a_million_events_is_answered_with_exclusions(busy: str, steps: str, order: str) -> None:
    assert counts(busy, steps, order=order, exclude=BETWEEN) == [1] * len(steps)


EXCLUDED: dict[str, tuple[str, tuple[Filter, ...], Callable[[Event], bool]]] = {
    "z": ("z", (), lambda event: event.name == "z"),
    "b": ("b", (), lambda event: event.name == "b"),
    "a with x": (
        "a",
        (Filter("properties.x", "eq", 1),),
        lambda event: event.name == "a" and event.properties.get("x") == 1,
    ),
}
between = st.tuples(st.sampled_from(list(EXCLUDED)), st.integers(1, 4), st.integers(1, 4))


@cases(30)
@given(
    crowds(),
    st.one_of(steps_asked, distinct_steps),
    st.sampled_from([1, 2, 3, HOUR, DAY]),
    st.sampled_from(["ordered", "strict", "any"]),
    st.sampled_from(["person", "session"]),
    st.lists(between, min_size=1, max_size=2),
)
def test_counts_and_medians_are_those_of_brute_force(
    events: list[Event],
    names: list[str],
    window: int,
    order: str,
    by: str,
    excluded: list[tuple[str, int, int]],
) -> None:
    spans = [(name, min(first, len(names) - 1), last) for name, first, last in excluded]
    spans = [(name, first, max(first + 1, min(last, len(names)))) for name, first, last in spans]
    steps = tuple(SERVES[name][0] for name in names)
    exclude = tuple(Exclusion(*EXCLUDED[name][:2], first, last) for name, first, last in spans)

    rows = funnel.answer(
        Params(scope(stored(events), START, START + 30 * DAY), steps, window, order, by, exclude=exclude)
    )

    out = [(EXCLUDED[name][2], first, last) for name, first, last in spans]
    ask = Ask([SERVES[name][1] for name in names], window, order, by, out)
    expected = funnel_oracle.funnel(events, START, START + 30 * DAY, ask)
    assert isinstance(rows, list)
    assert [row["count"] for row in rows] == expected["counts"]
    assert [row["medianSeconds"] for row in rows] == pytest.approx(expected["medians"])


def test_in_any_order_the_events_of_one_moment_start_one_attempt() -> None:
    assert reached("(ab)(zb)", "bac", Exclusion("z", (), 2, 3), window=1000, order="any") == 1
