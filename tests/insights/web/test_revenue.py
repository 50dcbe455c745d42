"""Revenue by currency, or by any other dimension."""

from decimal import Decimal
from typing import Any

import pytest

from eventlens.clickhouse import client
from insights.asking.groupings import Groupings
from insights.web import revenue
from insights.web.revenue import Params
from tests.insights.histories import DAY, at, columns, new_project, scope
from tests.insights.oracle import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

START = at("2024-01-10")
PAID = [
    (Event(START, "buy", device="a", country="DE", revenue=Decimal(30), order=1), "EUR"),
    (Event(START + 1, "buy", device="a", country="DE", revenue=Decimal(10), order=2), "EUR"),
    (Event(START + 2, "refund", device="a", country="DE", revenue=Decimal(-10), order=3), "EUR"),
    (Event(START, "buy", device="b", country="KR", revenue=Decimal("0.5"), order=4), "USD"),
    (Event(START, "page_view", device="c", order=5), ""),
    (Event(START, "page_view", device="d", order=6), ""),
]


def rows(*by: str) -> list[dict[str, Any]]:
    project = new_project()
    sent = columns(project, [event for event, _ in PAID]) | {"currency": [currency for _, currency in PAID]}
    client.insert("events", sent, token=project)
    return revenue.answer(Params(scope(project, START, START + DAY), by, Groupings(by)))


def test_an_empty_project_has_no_rows() -> None:
    assert revenue.answer(Params(scope("nobody", START, START + DAY), ("currency",), Groupings(("currency",)))) == []


def test_each_currency_has_its_own_row_and_refunds_are_no_orders() -> None:
    assert rows("currency") == [
        {
            "currency": "EUR",
            "revenue": 30,
            "orders": 2,
            "payingVisitors": 1,
            "averageOrderValue": 20,
            "perVisitor": 7.5,
        },
        {
            "currency": "USD",
            "revenue": Decimal("0.5"),
            "orders": 1,
            "payingVisitors": 1,
            "averageOrderValue": 0.5,
            "perVisitor": 0.125,
        },
    ]


def test_another_dimension_is_as_good() -> None:
    assert [(row["country"], row["name"], row["revenue"]) for row in rows("country", "name")] == [
        ("DE", "buy", 40),
        ("KR", "buy", Decimal("0.5")),
        ("DE", "refund", -10),
    ]
