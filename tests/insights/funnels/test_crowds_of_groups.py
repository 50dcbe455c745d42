"""Funnels of groups of generated crowds against brute force."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.funnels.funnel import Params
from tests.generated import cases
from tests.insights.funnels import oracle as funnel_oracle
from tests.insights.funnels.oracle import Ask
from tests.insights.funnels.test_crowds import SERVES, START, crowds, distinct_steps, steps_asked
from tests.insights.funnels.test_funnel import rows_of
from tests.insights.groups import joined, stored_in_groups, typed
from tests.insights.histories import DAY, HOUR, scope
from tests.insights.oracle import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

TYPES = {"acme": "company", "init": "company", "hooli": "company", "red": "team", "blue": "team"}
groups = st.lists(st.sampled_from([*TYPES, "of no type"]), max_size=3)
Crowd = tuple[list[Event], list[list[str]], dict[str, list[str]]]


@st.composite
def crowds_in_groups(draw: Callable[..., Any]) -> Crowd:
    """Events of five persons, the groups that each of them names, and those that each person is in.

    They are few: brute force takes ever so much longer with each event of a group.
    """
    events = [replace(one, device=f"d{int(one.device[1:]) % 5}") for one in draw(crowds(10))[:16]]
    named = [draw(groups) if at % 2 else [] for at, _ in enumerate(events)]
    members = {device: draw(st.lists(st.sampled_from([*TYPES]), unique=True)) for device in ("d0", "d1", "d2")}
    return events, named, members


def divided(events: Sequence[Event], named: Sequence[list[str]], members: Mapping[str, list[str]], kind: str) -> Any:
    """Each group's events: those that name it; of those that name none of the type, its members'."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event, own in zip(events, named, strict=True):
        told = [group for group in own if TYPES.get(group) == kind]
        known = [group for group in members.get(event.device, []) if TYPES[group] == kind]
        for group in set(told or known):
            found[group].append(event)
    return found.values()


@cases(40)
@given(
    crowds_in_groups(),
    st.one_of(steps_asked, distinct_steps),
    st.sampled_from([1, 2, 3, HOUR, DAY]),
    st.sampled_from(["ordered", "strict", "any"]),
    st.sampled_from(["company", "team"]),
)
def test_counts_and_medians_of_groups_are_those_of_brute_force(
    crowd: Crowd, names: list[str], window: int, order: str, kind: str
) -> None:
    events, named, members = crowd
    project = stored_in_groups(events, named)
    typed(project, TYPES)
    for device, own in members.items():
        joined(project, device, own)

    asked = scope(project, START, START + 30 * DAY)
    rows = rows_of(Params(asked, tuple(SERVES[name][0] for name in names), window, order, f"group:{kind}"))

    ask = Ask([SERVES[name][1] for name in names], window, order)
    best = [funnel_oracle.best(own, ask) for own in divided(events, named, members, kind)]
    expected = funnel_oracle.summary(best, ask)
    assert [row["count"] for row in rows] == expected["counts"]
    assert [row["medianSeconds"] for row in rows] == pytest.approx(expected["medians"])
