"""From a request to a scope: dates, zones, defaults, limits."""

from datetime import UTC, datetime

import pytest

from eventlens.api import InvalidInput
from insights.asking.filters import Filter
from insights.asking.parameters import Given

NOW = datetime(2024, 3, 31, 22, 30, tzinfo=UTC)  # already 1 April in Berlin


def given(zone: str = "UTC", **values: object) -> Given:
    return Given(values, "shop", zone, NOW)


def span(zone: str = "UTC", **values: object) -> tuple[str, str]:
    asked = given(zone, **values)
    scope = asked.scope()
    asked.check()
    return scope.start.isoformat(timespec="milliseconds"), scope.end.isoformat(timespec="milliseconds")


@pytest.mark.parametrize(
    ("zone", "start", "end", "expected"),
    [
        (
            "UTC",
            "2024-01-01",
            "2024-01-01",
            ("2024-01-01T00:00:00.000+00:00", "2024-01-02T00:00:00.000+00:00"),
        ),
        (
            "Asia/Seoul",
            "2024-01-01",
            "2024-01-01",
            ("2023-12-31T15:00:00.000+00:00", "2024-01-01T15:00:00.000+00:00"),
        ),
        (
            "Europe/Berlin",
            "2024-03-31",
            "2024-03-31",
            ("2024-03-30T23:00:00.000+00:00", "2024-03-31T22:00:00.000+00:00"),
        ),
        (
            "America/Sao_Paulo",
            "2018-11-04",
            "2018-11-04",
            ("2018-11-04T03:00:00.000+00:00", "2018-11-05T02:00:00.000+00:00"),
        ),
        (
            "UTC",
            "2024-01-01T10:00:00Z",
            "2024-01-01T10:00:00Z",
            ("2024-01-01T10:00:00.000+00:00", "2024-01-01T10:00:00.001+00:00"),
        ),
        (
            "UTC",
            "2024-01-01T10:00:00+09:00",
            "2024-01-01T23:59:59.999",
            ("2024-01-01T01:00:00.000+00:00", "2024-01-02T00:00:00.000+00:00"),
        ),
        (
            "Asia/Seoul",
            "2024-01-01T10:00:00 09:00",
            "2024-01-01T12:00",
            ("2024-01-01T01:00:00.000+00:00", "2024-01-01T03:00:00.001+00:00"),
        ),
    ],
)
def test_both_dates_count_in_the_projects_zone_and_instants_are_themselves(
    zone: str, start: str, end: str, expected: tuple[str, str]
) -> None:
    assert span(zone, startDate=start, endDate=end) == expected


def test_without_dates_the_last_thirty_days_count_today_included() -> None:
    assert span("Europe/Berlin") == ("2024-03-02T23:00:00.000+00:00", "2024-04-01T22:00:00.000+00:00")


def test_without_a_start_thirty_days_end_at_the_end() -> None:
    assert span(endDate="2024-01-30") == ("2024-01-01T00:00:00.000+00:00", "2024-01-31T00:00:00.000+00:00")


@pytest.mark.parametrize(
    "date",
    [
        "",
        "2024-13-01",
        "2024-1-1",
        "20240101",
        "2024-W01-1",
        "01.02.2024",
        "1969-12-31",
        "2200-01-01",
        "now",
        "1704067200",
        "2024-01-01 10:00",
        "2024-01-01T25:00",
        "0001-01-01T00:00:00+14:00",
        "\uff12024-01-01",
        "2024-01-01T10:00:00Z; DROP",
    ],
)
def test_what_is_no_date_is_refused(date: str) -> None:
    asked = given(startDate=date or 20240101)
    asked.scope()

    with pytest.raises(InvalidInput) as refused:
        asked.check()

    assert refused.value.problems[0].field == "startDate"


def test_filters_come_as_text_or_as_a_list() -> None:
    expected = (Filter("path", "in", ("/", "/a")), Filter("properties.n", "gt", 3))
    listed = [
        {"field": "path", "operator": "in", "value": ["/", "/a"]},
        {"field": "properties.n", "operator": "gt", "value": 3},
    ]
    text = '[{"field":"path","operator":"in","value":["/","/a"]},{"field":"properties.n","operator":"gt","value":3}]'

    assert given(filters=listed).scope().filters == expected
    assert given(filters=text).scope().filters == expected


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ("path", "filters"),
        ({"field": "path"}, "filters"),
        ([["path", "eq", "/"]], "filters[0]"),
        ([{"field": "path", "op": "eq", "value": "/"}], "filters[0]"),
        ([{"field": "", "operator": "eq", "value": "/"}], "filters[0].field"),
        ([{"field": "properties.", "operator": "eq", "value": "/"}], "filters[0].field"),
        ([{"field": "profile.", "operator": "eq", "value": "x"}], "filters[0].field"),
        ([{"or": [{"field": "path", "value": "/"}, {"field": "color", "value": "x"}]}], "filters[0].or[1].field"),
        ([{"not": {"and": [{"field": "path"}]}}], "filters[0].not.and[0].value"),
        ([{"or": []}], "filters[0].or"),
        ([{"or": {"field": "path", "value": "/"}}], "filters[0].or"),
        ([{"not": [{"field": "path", "value": "/"}]}], "filters[0].not"),
        ([{"or": [{"field": "path", "operator": "exists"}] * 26}] * 2, "filters"),
        (
            [{"not": {"not": {"not": {"not": {"not": {"not": {"field": "path", "value": "/"}}}}}}}],
            "filters[0].not.not.not.not.not.not",
        ),
        ([{"field": "projectId", "operator": "eq", "value": "game"}], "filters[0].field"),
        ([{"field": ["path"], "operator": "eq", "value": "/"}], "filters[0].field"),
        ([{"field": "path", "operator": "like", "value": "/"}], "filters[0].operator"),
        ([{"field": "path", "operator": ["eq"], "value": "/"}], "filters[0].operator"),
        ([{"field": "path", "operator": "eq"}], "filters[0].value"),
        ([{"field": "path", "operator": "eq", "value": ["/"]}], "filters[0].value"),
        ([{"field": "path", "operator": "in", "value": "/"}], "filters[0].value"),
        ([{"field": "path", "operator": "in", "value": []}], "filters[0].value"),
        ([{"field": "path", "operator": "in", "value": [None]}], "filters[0].value"),
        ([{"field": "path", "operator": "gt", "value": {"a": 1}}], "filters[0].value"),
        ([{"field": "path", "operator": "gt", "value": 10**400}], "filters[0].value"),
        ([{"field": "path", "operator": "exists"}] * 51, "filters"),
    ],
)
def test_a_wrong_filter_names_its_place(wrong: object, field: str) -> None:
    asked = given(filters=wrong)
    asked.scope()

    with pytest.raises(InvalidInput) as refused:
        asked.check()

    assert refused.value.problems[0].field == field


def test_a_long_wrong_value_is_repeated_in_short() -> None:
    asked = given(startDate="x" * 100_000)
    asked.scope()

    with pytest.raises(InvalidInput) as refused:
        asked.check()

    assert len(refused.value.problems[0].message) < 400


def test_an_unknown_zone_of_the_project_is_told() -> None:
    asked = given("Mars/Olympus")
    asked.scope()

    with pytest.raises(InvalidInput, match="set an IANA name in the admin"):
        asked.check()
