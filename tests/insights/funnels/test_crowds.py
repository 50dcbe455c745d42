"""Funnels of generated crowds against brute force."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.asking.filters import Filter
from insights.funnels.funnel import Params
from insights.funnels.steps import Step
from tests.generated import cases
from tests.insights.funnels import oracle as funnel_oracle
from tests.insights.funnels.oracle import Ask
from tests.insights.funnels.test_funnel import rows_of
from tests.insights.histories import DAY, HOUR, MINUTE, at, scope, stored
from tests.insights.oracle import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

START = at("2024-01-10")

SERVES: dict[str, tuple[Step, Callable[[Event], bool]]] = {
    "a": (Step("a"), lambda event: event.name == "a"),
    "b": (Step("b"), lambda event: event.name == "b"),
    "c": (Step("c"), lambda event: event.name == "c"),
    "a with x": (
        Step("a", (Filter("properties.x", "eq", 1),)),
        lambda event: event.name == "a" and event.properties.get("x") == 1,
    ),
    "a with y": (
        Step("a", (Filter("properties.y", "exists"),)),
        lambda event: event.name == "a" and "y" in event.properties,
    ),
}
steps_asked = st.lists(st.sampled_from(list(SERVES)), min_size=2, max_size=5)
distinct_steps = st.permutations(["a", "b", "c"])
gap = st.sampled_from([0, 0, 1, 1, 2, 31 * MINUTE])
extras = st.sampled_from([{}, {}, {"x": 1}, {"y": 1}, {"x": 1, "y": 1}, {"x": 2}])
moments = st.tuples(gap, st.sampled_from(["a", "a", "b", "c", "z"]), extras)


@st.composite
def crowds(draw: Callable[..., Any], persons: int = 40) -> list[Event]:
    """Persons with a few events each, so that one question checks many histories."""
    events: list[Event] = []
    for person in range(persons):
        time = START
        for wait, name, properties in draw(st.lists(moments, max_size=6)):
            time += wait
            events.append(Event(time, name, f"d{person}", properties=properties, order=len(events)))
    return events


@cases(30)
@given(
    crowds(),
    st.one_of(steps_asked, distinct_steps),
    st.sampled_from([1, 2, 3, HOUR, DAY]),
    st.sampled_from(["ordered", "strict", "any"]),
    st.sampled_from(["person", "session"]),
)
def test_counts_and_medians_are_those_of_brute_force(
    events: list[Event], names: list[str], window: int, order: str, by: str
) -> None:
    project = stored(events)
    steps = [SERVES[name][0] for name in names]

    asked = scope(project, START, START + 30 * DAY)
    rows = rows_of(Params(asked, tuple(steps), window, order, by))

    ask = Ask([SERVES[name][1] for name in names], window, order, by)
    expected = funnel_oracle.funnel(events, START, START + 30 * DAY, ask)
    assert [row["count"] for row in rows] == expected["counts"]
    assert [row["medianSeconds"] for row in rows] == pytest.approx(expected["medians"])
