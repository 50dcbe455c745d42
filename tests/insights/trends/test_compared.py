"""Trends beside the period before: the lines of that period, whatever happened and wherever the clocks changed."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.trends import trends
from insights.trends.series import Series
from tests.generated import cases
from tests.insights.conditions import Condition, condition_lists
from tests.insights.histories import at, scope, stored
from tests.insights.links import as_linked, link, links
from tests.insights.oracle import Event, local
from tests.insights.strategies import WEEKS, histories, questions
from tests.insights.trends import oracle as trends_oracle
from tests.insights.trends.asked import asked
from tests.insights.trends.oracle import Range
from tests.insights.trends.test_numbers import measures, wanted_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

QUARTER = 900_000


def first_instant(day: date, zone: str) -> int:
    """Where a day begins, found by looking at every quarter of an hour around it."""
    midnight = at(day.isoformat())
    return next(
        moment
        for moment in range(midnight - 104 * QUARTER, midnight + 104 * QUARTER, QUARTER)
        if local(moment, zone).date() >= day
    )


def before(here: Range) -> Range:
    """As many days for whole days, else as many milliseconds."""
    first, last = local(here.start, here.zone).date(), local(here.end, here.zone).date()
    start = 2 * here.start - here.end
    if (here.start, here.end) == (first_instant(first, here.zone), first_instant(last, here.zone)):
        start = first_instant(first - (last - first), here.zone)
    return replace(here, start=start, end=here.start)


@st.composite
def whole_days(draw: Any) -> tuple[str, int, int, list[Event]]:
    """Days of a zone around which its clocks change, and what happened in them and before."""
    zone = draw(st.sampled_from(sorted(WEEKS)))
    first = date.fromisoformat(WEEKS[zone][:10]) + timedelta(days=draw(st.integers(0, 4)))
    last = first + timedelta(days=draw(st.integers(1, 4)))
    start, end = first_instant(first, zone), first_instant(last, zone)
    return zone, start, end, draw(histories(start - draw(st.integers(0, 3)) * 96 * QUARTER))


@cases(30)
@given(
    st.one_of(questions(), whole_days()),
    links,
    st.tuples(st.sampled_from(["*", "page_view", "buy"]), measures, condition_lists),
    st.sampled_from(["hour", "day", "week", "month"]),
    st.sampled_from([(), ("country",)]),
    st.booleans(),
)
def test_the_period_before_is_the_oracles(
    question: tuple[str, int, int, list[Event]],
    owners: dict[str, str],
    series: tuple[str, tuple[str, str], list[Condition]],
    interval: str,
    names: tuple[str, ...],
    cumulative: bool,
) -> None:
    zone, start, end, events = question
    event, (measure, of), own = series
    project = stored(events)
    link(project, owners)
    here = replace(scope(project, start, end, zone), is_linked=bool(owners))
    counted = Series(event, measure, of, tuple(one.asked for one in own))

    answer = trends.answer(
        asked(here, counted, interval=interval, breakdown=names, cumulative=cumulative, compare="previous")
    )

    within, linked = Range(start, end, zone, interval), as_linked(events, owners)
    past, wanted = before(within), wanted_of(event, (measure, of), own, [])
    groups = trends_oracle.groups(linked, within, [wanted], names) if names else [()]
    parts = [trends_oracle.of_group(wanted, names, {group}) for group in groups]
    gone = trends_oracle.groups(linked, past, [wanted], names) if groups and names else []
    if set(gone) - set(groups):
        parts.append(trends_oracle.of_group(wanted, names, set(groups), others=True))
    assert [compared(row) for row in answer["series"]] == [
        expected(linked, within, past, part, cumulative) for part in parts
    ]
    if groups:
        assert answer["compare"] == {"dates": past.labels()}


def compared(row: dict[str, Any]) -> Any:
    told = row["compare"]
    return [float(number) for number in told["data"]], float(told["total"]), told["change"]


def expected(events: list[Event], within: Range, past: Range, part: Any, cumulative: bool) -> Any:
    _, now = trends_oracle.line(events, within, part, cumulative=cumulative)
    data, then = trends_oracle.line(events, past, part, cumulative=cumulative)
    change = pytest.approx((now - then) * 100 / then, rel=1e-12, abs=1e-9) if then else None
    return pytest.approx(data, rel=1e-14), pytest.approx(then, rel=1e-14), change
