"""What other products' published tests expect of funnels, asked of us."""

from typing import Any

import pytest

from insights.asking import buckets
from insights.funnels import funnel
from insights.funnels import people as funnel_people
from insights.funnels.funnel import Params
from insights.funnels.people import PeopleParams
from insights.funnels.reading import Breakdown
from insights.funnels.steps import Exclusion
from tests.insights import cases
from tests.insights.cases import Case, asked, otherwise
from tests.insights.groups import stored_in_groups, typed
from tests.insights.histories import scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

# A row is by the first step's value; of other steps only the last one taken is asked about here.
OF = {"all_events": "first", "step_0": "first", "step_1": "first"}


def project_of(case: Case) -> str:
    by = case["query"].get("aggregate_by")
    if not by:
        return cases.project_of(case)
    events = cases.events(case)
    named = [[str(one.properties[by])] if by in one.properties else [] for one in events]
    project = stored_in_groups(events, named)
    typed(project, {group: by for groups in named for group in groups})
    return project


def params(case: Case) -> Params:
    query = case["query"]
    here = scope(project_of(case), *cases.span(case))
    interval = query.get("interval", "")
    return Params(
        here,
        tuple(cases.step(raw) for raw in query["steps"]),
        cases.milliseconds(query["conversion_window"]),
        {"unordered": "any"}.get(query["order"], query["order"]),
        f"group:{query['aggregate_by']}" if "aggregate_by" in query else "person",
        tuple(exclusion(raw) for raw in query.get("exclusions", [])),
        Breakdown(f"properties.{query['breakdown']}", OF[query["breakdown_attribution"]])
        if "breakdown" in query
        else None,
        query.get("bin_count", len(case["expected"].get("bins", ["end"])) - 1),
        interval,
        (buckets.buckets_of(here, interval) or ()) if interval else (),
    )


def exclusion(raw: Case) -> Exclusion:
    """Steps are counted from 1 here."""
    step = cases.step(raw)
    return Exclusion(step.name, step.filters, raw["from_step"] + 1, raw["to_step"] + 1)


@asked("funnels")
def test_funnels(case: Case) -> None:
    expected, question = case["expected"] | otherwise(case), params(case)

    answer = funnel.answer(question)

    whole = answer if isinstance(answer, dict) else {"steps": answer}
    check_steps(whole["steps"], case, expected)
    check_breakdown(whole.get("breakdown", []), expected.get("by_breakdown", {}))
    check_series(whole.get("series", []), case["query"], expected)
    check_times(whole.get("times", []), case["query"], expected)
    for at, ids in enumerate(expected.get("users_by_step", [])):
        here = PeopleParams(**{**vars(question), "breakdown": None}, step=at + 1)
        assert sorted(row["id"] for row in funnel_people.answer(here)) == ids


def check_steps(rows: list[dict[str, Any]], case: Case, expected: dict[str, Any]) -> None:
    counts = [row["count"] for row in rows]
    assert counts == expected.get("counts", counts)
    assert counts[-1] == expected.get("last_count", counts[-1])
    medians = [row["medianSeconds"] for row in rows][1:]
    assert medians == expected.get("median_conversion_time", [0, *medians])[1:]
    # Sources that give the mean do so for one or two persons, whose mean is their median; F13 gives both.
    if "median_conversion_time" not in expected:
        assert medians == expected.get("average_conversion_time", [0, *medians])[1:]
    if "conversion_rate" in expected and "dropoff" in expected:
        assert [row["conversion"] for row in rows] == [float(rate) for rate in expected["conversion_rate"]]
        assert [row["dropOff"] for row in rows] == expected["dropoff"]
    if "average" in expected and "bins" not in expected:
        assert medians[case["query"]["from_step"]] == expected["average"]


def check_breakdown(rows: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    found = {row["value"]: row["steps"] for row in rows}
    assert set(found) == set(expected)
    for value, wanted in expected.items():
        assert [row["count"] for row in found[value]] == wanted["counts"]
        if "average_conversion_time" in wanted:
            assert [row["medianSeconds"] for row in found[value]][1:] == wanted["average_conversion_time"][1:]


def check_series(rows: list[dict[str, Any]], query: Case, expected: dict[str, Any]) -> None:
    first = query.get("from_step", 0)
    pairs = [[row["counts"][first], row["counts"][-1]] for row in rows]
    assert pairs == expected.get("per_period", [])
    rates = [last * 100 / entered if entered else 0 for entered, last in pairs]
    assert rates == (expected["conversion_rate"] if rows else [])


def check_times(rows: list[dict[str, Any]], query: Case, expected: dict[str, Any]) -> None:
    """The source's last bin begins where ours ends."""
    if not rows:
        assert "bins" not in expected
        return
    [row] = [
        one for one in rows if (one["fromStep"], one["toStep"]) == (query["from_step"] + 1, query["to_step"] + 1)
    ]
    assert row["meanSeconds"] == expected["average"]
    assert [[one["fromSeconds"], one["count"]] for one in row["histogram"]] == expected["bins"][:-1]
    assert row["histogram"][-1]["toSeconds"] == expected["bins"][-1][0]
