"""What other products' published tests expect of retention, lifecycle and stickiness, asked of us."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from insights.asking import periods
from insights.asking.buckets import buckets_of
from insights.asking.filters import Filter
from insights.asking.scope import Scope
from insights.asking.vocabulary import INTERVALS
from insights.retention import lifecycle, retention, stickiness
from insights.retention import people as retention_people
from tests.insights import cases
from tests.insights.cases import Case, asked, otherwise
from tests.insights.histories import HOUR, at, moment, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

LATER = moment(at("2030-01-01"))


def question(case: Case) -> retention.Params:
    query = case["query"]
    first, period = query["first_interval"], query["period"]
    here = scope(
        cases.project_of(case),
        at(first),
        cases.last_moment(cases.after(first, query["intervals"], period)),
    )
    return retention.Params(
        here,
        period,
        boundaries(here, period),
        LATER,
        query["target"]["event"],
        query["returning"]["event"],
        "on_or_after" if query.get("cumulative") else "on",
        {"recurring": "recurring", "first_time": "first_ever"}[query["retention_type"]],
        minimum=query.get("minimum_occurrences", 1),
        breakdown=f"properties.{query['breakdown']}" if "breakdown" in query else "",
    )


def boundaries(here: Scope, period: str) -> tuple[Any, ...]:
    found = periods.boundaries(INTERVALS[period], here.start, here.end, here.timezone, 400)
    assert found is not None
    return tuple(found)


@asked("retention")
def test_retention(case: Case) -> None:
    params, query, expected = question(case), case["query"], case["expected"] | otherwise(case)
    if query.get("view") == "people":
        check_people(params, query, expected["people"])
        return

    rows = retention.answer(params)

    if "by_breakdown" in expected:
        for value, wanted in expected["by_breakdown"].items():
            check_triangle([row for row in rows if row["breakdown"] == value], query, wanted)
        assert {row["breakdown"] for row in rows} == set(expected["by_breakdown"])
        return
    check_triangle(
        rows,
        query,
        expected.get("triangle") or expected.get("rows") or list(expected["rows_partial"].values()),
    )


def check_triangle(rows: list[dict[str, Any]], query: dict[str, Any], wanted: list[list[int]]) -> None:
    """Cohorts of nobody are left out of ours."""
    triangle: dict[int, list[int]] = {}
    # A week of ours begins one day after a week of the source.
    shift = 1 if query.get("week_start") == "sunday" else 0
    for row in rows:
        distance = (date.fromisoformat(row["cohortDate"]) - date.fromisoformat(query["first_interval"])).days - shift
        number = distance // (7 if query["period"] == "week" else 1)
        triangle.setdefault(number, []).append(row["retainedUsers"])
    assert {at: counts[: len(wanted[at])] for at, counts in triangle.items()} == {
        at: counts for at, counts in enumerate(wanted) if any(counts)
    }


def check_people(params: retention.Params, query: dict[str, Any], wanted: list[Any]) -> None:
    """The source marks each period of a person's with 1 or 0; ours tells the numbers of those with 1."""
    day = retention_people.dates(params)[query["select_interval"]]

    rows = retention_people.answer(retention_people.Params(**vars(params), cohort_date=day))

    assert [(row["id"], row["periods"]) for row in rows] == [
        (user, [number for number, came in enumerate(appearances) if came]) for user, appearances in wanted
    ]


@asked("lifecycle")
def test_lifecycle(case: Case) -> None:
    query = case["query"]
    zone = query.get("timezone", "UTC")
    offset = {"UTC": 0, "America/Los_Angeles": -8 * HOUR}[zone]
    start, end = (instant - offset for instant in cases.span(case))
    here = scope(cases.project_of(case), start, end, zone)
    found = boundaries(here, query["interval"])

    rows = lifecycle.answer(lifecycle.Params(here, query["interval"], found, LATER, query["event"]))

    # Ours counts those who stayed away, the source draws them below zero.
    signs = {"new": 1, "returning": 1, "resurrecting": 1, "dormant": -1}
    assert {state: [sign * row[state] for row in rows] for state, sign in signs.items()} == case["expected"]


@asked("stickiness")
def test_stickiness(case: Case) -> None:
    query, expected = case["query"], case["expected"]
    filters = [Filter(f"properties.{name}", "eq", value) for name, value in query.get("where", {}).items()]
    here = replace(scope(cases.project_of(case), *cases.span(case)), filters=tuple(filters))
    assert query.get("criteria", {}).get("op", "lte") == "lte"

    rows = stickiness.answer(
        stickiness.Params(
            here,
            query["interval"],
            buckets_of(here, query["interval"]) or (),
            query["event"],
            query.get("cumulative", False),
            maximum=query.get("criteria", {}).get("value", 0),
        )
    )

    counts = [row["uniqueVisitors"] for row in rows]
    assert counts == expected.get("data", counts)
    nonzero = {str(number): count for number, count in enumerate(counts, 1) if count}
    assert nonzero == expected.get("nonzero", nonzero)
