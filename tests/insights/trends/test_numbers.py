"""Every line of trends is the oracle's, whatever happened, whoever it was, and wherever the clocks changed."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.trends import trends
from insights.trends.series import Series
from tests.generated import cases
from tests.insights.conditions import Condition, all_mean, condition_lists
from tests.insights.histories import scope, stored
from tests.insights.links import as_linked, link, links
from tests.insights.oracle import Event
from tests.insights.strategies import questions
from tests.insights.trends import oracle as trends_oracle
from tests.insights.trends.asked import asked
from tests.insights.trends.oracle import Range, Wanted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

measures = st.sampled_from(
    [
        ("total", ""),
        ("unique", ""),
        ("sessions", ""),
        ("perUser", ""),
        *((name, of) for name in ("sum", "avg", "min", "max") for of in ("revenue", "properties.n")),
        *((name, "properties.n") for name in trends_oracle.QUANTILES),
        ("distinct", "properties.plan"),
    ]
)
several = st.lists(
    st.tuples(st.sampled_from(["*", "page_view", "buy"]), measures, condition_lists), min_size=1, max_size=3
)
dimensions = st.lists(st.sampled_from(sorted(trends_oracle.KEYS)), max_size=2, unique=True)


def wanted_of(event: str, measure: tuple[str, str], own: Sequence[Condition], shared: Sequence[Condition]) -> Wanted:
    means = all_mean([*own, *shared])
    return Wanted(*measure, lambda one: event in {"*", one.name} and means(one))


@cases(30)
@given(
    questions(),
    links,
    several,
    condition_lists,
    st.sampled_from(["hour", "day", "week", "month"]),
    dimensions,
    st.booleans(),
    st.integers(1, 3),
)
def test_every_line_is_the_oracles(
    question: tuple[str, int, int, list[Event]],
    owners: dict[str, str],
    several: list[tuple[str, tuple[str, str], list[Condition]]],
    shared: list[Condition],
    interval: str,
    names: list[str],
    cumulative: bool,
    limit: int,
) -> None:
    zone, start, end, events = question
    project = stored(events)
    link(project, owners)
    here = replace(
        scope(project, start, end, zone, [one.asked for one in shared], limit=limit), is_linked=bool(owners)
    )
    series = [Series(event, measure, of, tuple(one.asked for one in own)) for event, (measure, of), own in several]
    asked_for = asked(here, *series, interval=interval, breakdown=tuple(names), cumulative=cumulative)

    answer = trends.answer(asked_for)

    within, linked = Range(start, end, zone, interval), as_linked(events, owners)
    wanted = [wanted_of(event, measure, own, shared) for event, measure, own in several]
    everyone = trends_oracle.groups(linked, within, wanted, names) if names else [()]
    assert answer["dates"] == within.labels()
    expected = []
    for one in wanted:
        shown = everyone[:limit]
        parts = [trends_oracle.of_group(one, names, {group}) for group in shown]
        if len(everyone) > limit:
            parts.append(trends_oracle.of_group(one, names, set(shown), others=True))
        expected += [trends_oracle.line(linked, within, part, cumulative=cumulative) for part in parts]
    assert [tuple(row["breakdown"].values()) for row in answer["series"] if not row["isOther"]] == everyone[
        :limit
    ] * len(several)
    assert [([float(n) for n in row["data"]], float(row["total"])) for row in answer["series"]] == [
        (pytest.approx(data, rel=1e-14), pytest.approx(total, rel=1e-14)) for data, total in expected
    ]
