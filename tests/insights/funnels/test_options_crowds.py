"""What a funnel tells beside its steps, of generated crowds, against brute force."""

from statistics import mean, median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.asking import buckets
from insights.funnels import funnel
from insights.funnels import people as funnel_people
from insights.funnels.funnel import Params
from insights.funnels.people import PeopleParams
from insights.funnels.reading import Breakdown
from insights.funnels.steps import Exclusion
from tests.generated import cases
from tests.insights.funnels import oracle as funnel_oracle
from tests.insights.funnels.oracle import Ask, Times
from tests.insights.funnels.test_crowds import SERVES, crowds, distinct_steps, steps_asked
from tests.insights.funnels.test_funnel import START
from tests.insights.histories import DAY, HOUR, moment, scope, stored
from tests.insights.oracle import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

END = START + 2 * DAY
Z_BETWEEN = Exclusion("z", (), 1, 2)


def x_of(event: Event) -> str:
    return str(event.properties.get("x", ""))


@cases(6)
@given(
    crowds(),
    st.one_of(steps_asked, distinct_steps),
    st.sampled_from([1, 3, HOUR, DAY]),
    st.sampled_from(["ordered", "strict", "any"]),
    st.sampled_from(["person", "session"]),
    st.booleans(),
    st.sampled_from(["first", "last"]),
)
def test_what_is_told_beside_the_steps_is_that_of_brute_force(
    events: list[Event], names: list[str], window: int, order: str, by: str, excluding: bool, of: str
) -> None:
    here, steps = scope(stored(events), START, END), tuple(SERVES[name][0] for name in names)
    exclude = (Z_BETWEEN,) if excluding else ()
    hours = buckets.buckets_of(here, "hour")
    assert hours is not None
    asked = Params(
        here, steps, window, order, by, exclude, Breakdown("properties.x", of), 4, "hour", hours, moment(END)
    )
    out = [(is_z, 1, 2)] if excluding else []
    ask = Ask([SERVES[name][1] for name in names], window, order, by, out)

    answer = funnel.answer(asked)

    assert isinstance(answer, dict)
    check_breakdown(answer["breakdown"], events, ask, of)
    assert [row["counts"] for row in answer["series"]] == funnel_oracle.by_entry(events, START, END, ask, HOUR)
    attempts = [funnel_oracle.best(own, ask) for own in funnel_oracle.divided(events, START, END, ask).values()]
    for row in answer["times"]:
        check_times(row, attempts)
    check_people(asked, events, ask)


def is_z(event: Event) -> bool:
    return event.name == "z"


def check_breakdown(rows: list[dict[str, Any]], events: list[Event], ask: Ask, of: str) -> None:
    expected = funnel_oracle.by_value(events, START, END, ask, x_of, of_last=of == "last")
    assert not any(row["isOther"] for row in rows)
    assert {row["value"]: [step["count"] for step in row["steps"]] for row in rows} == {
        value: one["counts"] for value, one in expected.items()
    }
    for row in rows:
        medians = [step["medianSeconds"] for step in row["steps"]]
        assert medians == pytest.approx(expected[row["value"]]["medians"])


def check_times(row: dict[str, Any], attempts: list[Times]) -> None:
    first, last = row["fromStep"] - 1, row["toStep"] - 1
    waits = [(one[last] - one[first]) / 1000 for one in attempts if len(one) > last]
    assert row["count"] == len(waits)
    assert row["meanSeconds"] == pytest.approx(mean(waits) if waits else 0)
    assert row["medianSeconds"] == pytest.approx(median(waits) if waits else 0)
    assert sum(one["count"] for one in row["histogram"]) == len(waits)
    if waits:
        assert row["histogram"][0]["fromSeconds"] == min(waits)
        assert row["histogram"][-1]["toSeconds"] >= max(waits)
    for one in row["histogram"][:-1]:
        assert one["count"] == sum(one["fromSeconds"] <= wait < one["toSeconds"] for wait in waits)


def check_people(asked: Params, events: list[Event], ask: Ask) -> None:
    groups = funnel_oracle.divided(events, START, END, ask).values()
    taken = [(own[0].device, funnel_oracle.best(own, ask)) for own in groups]
    for step in (1, 2):
        for outcome in ("reached", "lost"):
            rest = {**vars(asked), "breakdown": None}
            rows = funnel_people.answer(PeopleParams(**rest, step=step, outcome=outcome))
            wanted = [
                (device, len(times))
                for device, times in taken
                if times and (len(times) >= step if outcome == "reached" else len(times) + 1 == step)
            ]
            assert sorted((row["id"], row["stepsTaken"]) for row in rows) == sorted(wanted)
