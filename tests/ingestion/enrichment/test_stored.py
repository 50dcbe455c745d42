"""Enriched rows in the live table: the same columns, and the same values when they come back."""

from decimal import Decimal

import pytest
from msgspec.structs import asdict

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.storing.rows import ABSENT, EVENT_COLUMNS, Columns, columns, told
from tests.ingestion.visits import visit

pytestmark = pytest.mark.usefixtures("clickhouse")


@pytest.mark.parametrize("table", ["events", "bot_events"])
def test_the_rows_fields_are_the_live_tables_columns(table: str) -> None:
    live = client.query(
        Sql(
            "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String} "
            "AND default_kind = '' ORDER BY position",
            {"table": table},
        )
    )

    assert tuple(row["name"] for row in live) == EVENT_COLUMNS


def test_a_row_comes_back_as_it_was_stored() -> None:
    row = visit(
        url="https://예시.한국/길?utm_source=%ED%95%9C%EA%B8%80%00",
        title="quote ' backslash \\ tab \t emoji 🙂",
        revenue="-12345678901234.5678",
        properties={"k": "v", "": "empty key"},
        numbers={"n": 0.1},
        groups=["acme", "beta"],
        address="168.126.63.1",
    )

    client.insert("events", columns([row, visit(event_id="e2")]), token="stored")
    found = client.query(Sql("SELECT * FROM events WHERE eventId = 'e1'"))

    assert [{name: stored[name] for name in ("utmSource", "title", "country", "revenue")} for stored in found] == [
        {
            "utmSource": "한글",
            "title": "quote ' backslash \\ tab \t emoji 🙂",
            "country": "KR",
            "revenue": Decimal("-12345678901234.5678"),
        }
    ]
    assert found[0]["createdAt"].isoformat() == "2026-05-28T20:26:40+00:00"
    assert (found[0]["origin"], found[0]["path"]) == ("https://예시.한국", "/길")
    assert (found[0]["properties"], found[0]["numbers"]) == ({"k": "v", "": "empty key"}, {"n": 0.1})
    assert found[0]["groups"] == ["acme", "beta"]


@pytest.mark.parametrize("table", ["events", "bot_events"])
def test_columns_that_say_nothing_need_not_be_sent(table: str) -> None:
    nothing = {name: absent for name, absent in ABSENT.items() if name not in {"projectId", "name"}}
    whole = {name: [nothing.get(name, value)] for name, value in asdict(visit(name="buy")).items()}

    client.insert(table, whole, token="whole")
    client.insert(table, told(whole), token="told")

    assert told(whole).keys() == {"projectId", "name", "createdAt", "receivedAt", "isScreenView", "isInteractive"}
    first, second = client.query(Sql(f"SELECT * FROM {table}"))
    assert first == second


def test_a_column_is_sent_if_it_says_anything_of_any_event_or_what_it_cannot_say() -> None:
    some: Columns = {"path": ["", "/"], "city": ["", ""], "brand": ["", None], "groups": [[], []], "revenue": [0, 1]}

    assert told(some).keys() == {"path", "brand", "revenue"}
