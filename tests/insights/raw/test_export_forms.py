"""The forms of an export: CSV, Parquet, and either compressed."""

import csv
import gzip
import io
import json
from decimal import Decimal

import pytest
from pyarrow import parquet

from insights.raw import parquet as export_parquet
from tests.insights.conftest import Ask
from tests.insights.histories import at, stored
from tests.insights.oracle import Event
from tests.insights.raw.exported import content

NOON = at("2024-01-10T12:00")
RANGE = {"startDate": "2024-01-01", "endDate": "2024-01-31"}
EXPORT = "/insights/shop/export"


def test_csv_is_read_back_and_holds_no_formula(ask: Ask, clickhouse: None) -> None:
    paths = ["=1+1", "+a", "-b", "@c", "\tx", 'say "hi", all', "two\nlines", "plain"]
    stored([Event(NOON + nth, path=path, revenue=Decimal(-5), order=nth) for nth, path in enumerate(paths)], "shop")

    answer = ask(EXPORT, {**RANGE, "format": "csv", "fields": "path,revenue,properties"})

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    table = list(csv.DictReader(io.StringIO(content(answer).decode(), newline="")))
    assert [row["path"] for row in table] == ["'=1+1", "'+a", "'-b", "'@c", "'\tx", *paths[5:]]
    assert {(row["revenue"], row["properties"]) for row in table} == {("-5", "{}")}


def test_parquet_has_types_and_texts_as_they_are(ask: Ask, clickhouse: None) -> None:
    paths = ["=1+1", 'say "hi", all', "two\nlines", "", "NULL"]
    stored(
        [
            Event(NOON + nth, path=path, revenue=Decimal("20.5"), properties={"n": nth}, order=nth)
            for nth, path in enumerate(paths)
        ],
        "shop",
    )

    file = content(ask(EXPORT, {**RANGE, "format": "parquet"}))

    table = parquet.read_table(io.BytesIO(file))
    assert table["path"].to_pylist() == paths
    assert table["createdAt"].cast("int64").to_pylist() == [NOON + nth for nth in range(5)]
    assert table["revenue"].to_pylist() == [Decimal("20.5")] * 5
    assert table["isScreenView"].to_pylist() == [True] * 5
    assert json.loads(table["properties"][3].as_py()) == {"n": 3}


def test_an_empty_range_is_an_empty_file_of_its_kind(ask: Ask, clickhouse: None) -> None:
    assert content(ask(EXPORT, RANGE)) == b""
    assert content(ask(EXPORT, {**RANGE, "format": "csv", "fields": "name,path"})) == b"name,path,cursor\n"
    assert parquet.read_table(io.BytesIO(content(ask(EXPORT, {**RANGE, "format": "parquet"})))).num_rows == 0


def test_parquet_needs_pyarrow(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_parquet, "is_there", lambda: False)

    answer = ask(EXPORT, {**RANGE, "format": "parquet"})

    assert answer.status_code == 400
    assert "take ndjson or csv" in answer.json()["details"][0]["message"]


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_gzip_is_the_same_in_small(ask: Ask, clickhouse: None, form: str) -> None:
    stored([Event(NOON + nth, path=f"/{nth}", order=nth) for nth in range(5)], "shop")
    plain = content(ask(EXPORT, {**RANGE, "format": form}))

    answer = ask(EXPORT, {**RANGE, "format": form, "gzip": "1"})

    assert answer["Content-Disposition"].endswith(f'.{form}.gz"')
    assert gzip.decompress(content(answer)) == plain
