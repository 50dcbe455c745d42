"""Trends against what another product's published tests expect."""

import pytest

from insights.trends import trends
from insights.trends.series import Series
from tests.insights import cases
from tests.insights.cases import Case
from tests.insights.histories import scope
from tests.insights.trends.asked import asked
from tests.insights.verdicts import OTHERWISE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

CASES = [case for name in ("timeseries", "trends") for case in cases.load(name) if case["query"]["type"] == "trends"]


def test_there_are_cases() -> None:
    assert len(CASES) == 7


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_trends(case: Case) -> None:
    query, expected = case["query"], case["expected"] | OTHERWISE.get(case["id"], ({}, ""))[0]
    of = f"properties.{query['math_property']}" if "math_property" in query else ""
    here = scope(cases.project_of(case), *cases.span(case))
    series = Series(query["event"], query["math"], of)

    answer = trends.answer(asked(here, series, interval=query["interval"]))

    [row] = answer["series"]
    assert row["data"] == pytest.approx(expected["data"], abs=case.get("tolerance", 0))
    assert answer["dates"] == expected.get("labels", answer["dates"])
