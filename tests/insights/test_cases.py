"""What other products' published tests expect, asked of us: agreed, answered otherwise for a reason, or not yet."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from insights.asking import periods
from insights.asking.filters import Filter
from insights.asking.vocabulary import INTERVALS
from insights.query import query as query_for_all
from insights.web import goals, live, overview, timeseries
from insights.web.goals import Goal
from tests.insights import cases
from tests.insights.cases import Case, asked, otherwise
from tests.insights.histories import HOUR, at, moment, scope
from tests.insights.verdicts import NOT_YET, OTHERWISE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

OURS = {
    "visitors": "uniqueVisitors",
    "visits": "totalSessions",
    "pageviews": "totalScreenViews",
    "bounce_rate": "bounceRate",
    "visit_duration": "avgSessionDuration",
    "views_per_visit": "viewsPerSession",
    "unique_conversions": "convertedVisitors",
    "total_conversions": "conversions",
    "conversion_rate": "conversionRate",
}


def test_every_case_that_waits_or_differs_is_in_a_file() -> None:
    names = {case["id"] for file in cases.FOLDER.glob("*.json") for case in cases.load(file.stem)}

    assert set(NOT_YET) <= names
    assert set(OTHERWISE) <= names


def pages(case: Case) -> list[Filter]:
    wanted = case["query"].get("filter", {}).get("event:page", [])
    return [Filter("path", "in", tuple(wanted))] if wanted else []


def goal(case: Case) -> Goal | None:
    wanted = case["query"].get("goal")
    return Goal(wanted["event"], wanted.get("path", "")) if wanted else None


@asked("web_metrics")
def test_web_metrics(case: Case) -> None:
    project, query, expected = cases.project_of(case), case["query"], case["expected"] | otherwise(case)
    if query["type"] == "current_visitors":
        here = live.scope_of(project, ZoneInfo("UTC"), moment(at(query["now"])))
        assert live.answer(live.Params(here)) == {"count": expected["current_visitors"]}
        return
    if query["type"] == "realtime":
        now = at(query["now"])
        query = {"date_from": "", "span": (now - query["minutes"] * 60_000, now)}
    start, end = query.get("span") or cases.span(case)
    here = scope(project, start, end, filters=pages(case))
    wanted = goal(case)
    metrics = tuple(OURS[name] for name in expected if name in OURS)

    answer = overview.answer(overview.Params(here, "previous"))
    reached = goals.answer(goals.Params(here, (wanted,)))[0] if wanted else {}
    in_one = query_for_all.answer(query_for_all.Params(here, metrics, goal=wanted))["results"][0]

    check(answer | reached, expected)
    check(in_one, expected)
    check(answer["compare"]["previous"], case["expected"].get("comparison", {}))
    check(answer["compare"]["change"], case["expected"].get("change", {}) | expected.get("change", {}))


def check(answer: dict[str, Any], expected: dict[str, Any]) -> None:
    wanted = {OURS[name]: value for name, value in expected.items() if name in OURS}
    assert {name: answer[name] for name in wanted} == pytest.approx(wanted, abs=0.01)


@asked("timeseries")
def test_timeseries(case: Case) -> None:
    query, expected = case["query"], case["expected"] | otherwise(case)
    zone = query.get("timezone", "UTC")
    offset = {"UTC": 0, "CET": HOUR}[zone]
    start, end = (instant - offset for instant in cases.span(case))
    filters = [Filter("name", "eq", query["event"])] if "event" in query else []
    here = scope(cases.project_of(case), start, end, zone, filters)
    found = periods.boundaries(INTERVALS[query["interval"]], here.start, here.end, here.timezone, 5000)
    assert found is not None

    rows = timeseries.answer(timeseries.Params(here, query["interval"], tuple(found)[:-1]))

    for name, values in expected.items():
        if name in OURS and isinstance(values, list):
            assert [row[OURS[name]] for row in rows] == values
    assert [row["totalEvents"] for row in rows] == expected.get("data", [row["totalEvents"] for row in rows])
    assert [row["date"] for row in rows] == expected.get("labels", [row["date"] for row in rows])
    assert len(rows) == expected.get("buckets", len(rows))
    by_hour = {row["date"][:13]: row for row in rows}
    empty = {
        **expected.get("empty_bucket", {}),
        **({"visit_duration": 0} if "empty_bucket" in expected else {}),
    }
    for label, row in by_hour.items() if "sparse" in expected else ():
        check(row, expected["sparse"].get(label, empty))
