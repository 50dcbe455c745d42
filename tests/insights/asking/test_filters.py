"""Filters: what each operator means, on every kind of field, and that no value ever becomes SQL."""

from decimal import Decimal

import pytest

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import compose
from insights.asking.filters import OPERATORS, Condition, Filter, Value, filters_sql
from insights.asking.scope import Scope
from tests.insights.histories import DAY, at, scope, stored
from tests.insights.oracle import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

START = at("2024-01-10")
EVENTS = [
    Event(START, "none", profile="7", order=1),
    Event(START, "text", path="/a'b\\c", properties={"n": "10", "flag": True}, profile="07", order=2),
    Event(START, "nine", path="/A", properties={"n": 9}, revenue=Decimal("9.99"), order=3),
    Event(START, "ten", path="/a/b", properties={"n": 10.0, "s": ""}, revenue=Decimal(10), order=4),
    Event(START, "nine and a half", path="5", properties={"n": 9.5}, order=5),
]
EVERYONE = {event.name for event in EVENTS}


@pytest.fixture(scope="module")
def asked(clickhouse_process: object) -> Scope:
    return scope(stored(EVENTS), START, START + DAY)


def met(asked: Scope, *filters: Condition) -> set[str]:
    sql = compose(
        "SELECT name FROM events WHERE $events AND $filters",
        events=asked.events(),
        filters=filters_sql(filters, asked.subject()),
    )
    return {row["name"] for row in client.query(sql)}


MEANINGS: list[tuple[str, str, Value, set[str]]] = [
    ("path", "eq", "/A", {"nine"}),
    ("path", "eq", "", {"none"}),
    ("path", "eq", 5, {"nine and a half"}),
    ("path", "ne", "/A", EVERYONE - {"nine"}),
    ("path", "in", ("/A", "/a/b", 5), {"nine", "ten", "nine and a half"}),
    ("path", "nin", ("/A", ""), {"text", "ten", "nine and a half"}),
    ("path", "contains", "a", {"text", "ten"}),
    ("path", "contains", "'b\\", {"text"}),
    ("path", "contains", "%", set()),
    ("path", "notContains", "/", {"none", "nine and a half"}),
    ("path", "startsWith", "/a", {"text", "ten"}),
    ("path", "endsWith", "b", {"ten"}),
    ("path", "matches", "^/[a-z]/", {"ten"}),
    ("path", "matches", "(?i)^/a$", {"nine"}),
    ("path", "exists", None, EVERYONE - {"none"}),
    ("path", "notExists", None, {"none"}),
    ("path", "gt", "/a", {"text", "ten", "nine and a half"}),
    ("path", "gt", 4, {"nine and a half"}),
    ("path", "lt", "/B", {"nine"}),
    ("profileId", "eq", 7, {"none"}),
    ("profileId", "in", (7, 8), {"none"}),
    ("revenue", "eq", 9.99, {"nine"}),
    ("revenue", "gte", 9.99, {"nine", "ten"}),
    ("revenue", "lt", 10, EVERYONE - {"ten"}),
    ("revenue", "in", (10, 9.99), {"nine", "ten"}),
    ("revenue", "exists", None, {"nine", "ten"}),
    ("properties.n", "eq", 10, {"ten"}),
    ("properties.n", "eq", "10", {"text"}),
    ("properties.n", "ne", 10, EVERYONE - {"ten"}),
    ("properties.n", "gt", 9, {"ten", "nine and a half"}),
    ("properties.n", "lte", 9.5, {"nine", "nine and a half"}),
    ("properties.n", "gt", "9", {"nine and a half"}),
    ("properties.n", "in", (9, "10"), {"nine", "text"}),
    ("properties.n", "nin", (9, "10"), EVERYONE - {"nine", "text"}),
    ("properties.n", "exists", None, EVERYONE - {"none"}),
    ("properties.n", "notExists", None, {"none"}),
    ("properties.n", "startsWith", 9, {"nine", "nine and a half"}),
    ("properties.s", "exists", None, {"ten"}),
    ("properties.s", "eq", "", {"ten"}),
    ("properties.flag", "eq", True, {"text"}),
    ("properties.flag", "eq", "true", {"text"}),
    ("properties.missing", "notContains", "x", EVERYONE),
    ("properties.'; DROP TABLE events; --", "exists", None, set()),
]


@pytest.mark.parametrize(("field", "operator", "value", "expected"), MEANINGS)
def test_an_operator_means(asked: Scope, field: str, operator: str, value: Value, expected: set[str]) -> None:
    assert met(asked, Filter(field, operator, value)) == expected


def test_every_operator_stands_in_the_table_above() -> None:
    assert {operator for _, operator, _, _ in MEANINGS} == set(OPERATORS)


def test_all_filters_must_be_met(asked: Scope) -> None:
    assert met(asked, Filter("path", "contains", "a"), Filter("properties.n", "gte", 10)) == {"ten"}


HOSTILE = [
    "'",
    "\\",
    "\\'",
    "' OR 1=1 --",
    "{project:String}",
    "$events",
    "%s %(project)s",
    "\x00",
    "\t\n\r\b",
    "é한글🚀",
    "[]",
    "['x']",
    "NULL",
    "\\N",
    "x" * 5000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_only_itself(clickhouse_process: object, text: str) -> None:
    project = stored([Event(START, "same", path=text, properties={text: text}), Event(START, "other", order=1)])
    asked = scope(project, START, START + DAY)

    assert met(asked, Filter("path", "eq", text)) == {"same"}
    assert met(asked, Filter("path", "in", (text, "y"))) == {"same"}
    assert met(asked, Filter(f"properties.{text}", "eq", text)) == {"same"}
    assert met(asked, Filter(f"properties.{text}", "in", (text,))) == {"same"}
    assert met(asked, Filter("path", "contains", text)) == {"same"}
