"""The query against the oracle, on generated histories: late identities, filters, zones, any dimensions."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.asking.metrics import METRICS
from insights.query import query
from insights.web.goals import Goal
from tests.generated import cases
from tests.insights.conditions import Condition, all_mean, condition_lists, entry_means
from tests.insights.histories import scope, stored
from tests.insights.links import as_linked, link, links
from tests.insights.oracle import Event
from tests.insights.query import oracle as query_oracle
from tests.insights.questions import asked
from tests.insights.strategies import questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

BUY = Goal("buy")
DIMENSIONS = [
    *query_oracle.OF_EVENTS,
    *query_oracle.OF_SESSIONS,
    "time:hour",
    "time:day",
    "time:week",
    "time:month",
]
dimension_lists = st.lists(st.sampled_from(DIMENSIONS), max_size=3, unique=True)
NAMES = tuple(name for name in METRICS if not name.endswith("PerVisitor"))


def buys(event: Event) -> bool:
    return event.name == "buy"


@cases(30)
@given(questions(), condition_lists, dimension_lists, links)
def test_every_row_is_the_oracles(
    question: tuple[str, int, int, list[Event]],
    conditions: list[Condition],
    dimensions: list[str],
    linked: dict[str, str],
) -> None:
    zone, start, end, events = question
    times = [name for name in dimensions if name.startswith("time:")]
    dimensions = [name for name in dimensions if name not in times[1:]]
    project = stored(events)
    link(project, linked)
    filters = [one.asked for one in conditions]
    here = scope(project, start, end, zone, filters, limit=10_000, is_linked=bool(linked))

    rows = query.answer(asked(here, NAMES, tuple(dimensions), goal=BUY))["results"]

    expected = query_oracle.query(
        as_linked(events, linked), start, end, dimensions, zone, all_mean(conditions), entry_means(conditions), buys
    )
    found = {tuple(row[name] for name in dimensions): {name: row[name] for name in NAMES} for row in rows}
    if dimensions in ([], times[:1]):
        found = {key: row for key, row in found.items() if key in expected or any(row.values())}
    assert found == {key: pytest.approx(row) for key, row in expected.items()}


@cases(20)
@given(questions(), condition_lists, st.lists(st.sampled_from([*query_oracle.OF_EVENTS, "entryPath"]), max_size=2))
def test_what_was_before_is_what_the_period_before_answers(
    question: tuple[str, int, int, list[Event]], conditions: list[Condition], dimensions: list[str]
) -> None:
    zone, start, end, events = question
    dimensions = list(dict.fromkeys(dimensions))
    here = scope(stored(events), start, end, zone, [one.asked for one in conditions], limit=2)
    before = replace(here.previous(), limit=10_000)

    rows = query.answer(asked(here, NAMES, tuple(dimensions), goal=BUY, compare="previous"))["results"]

    past = query.answer(asked(before, NAMES, tuple(dimensions), goal=BUY))["results"]
    by_key = {tuple(row[name] for name in dimensions): row for row in past}
    zeros = dict.fromkeys(NAMES, 0)
    for row in rows:
        known = by_key.get(tuple(row[name] for name in dimensions), zeros)
        assert row["compare"]["previous"] == {name: known[name] for name in NAMES}
