"""Blocks that are made whole: the bytes that the driver would have written, and its errors."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import clickhouse_driver
import pytest
from clickhouse_driver import errors as driver_errors
from clickhouse_driver.block import ColumnOrientedBlock
from clickhouse_driver.bufferedwriter import BufferedSocketWriter
from clickhouse_driver.columns.service import write_column
from clickhouse_driver.connection import ServerInfo
from django.conf import settings as django_settings
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventlens.clickhouse import blocks, client
from eventlens.clickhouse.sql import Sql
from ingestion.storing.store import UNWRITABLE

CONTEXT = clickhouse_driver.Client("localhost").connection.context
REVISION, OLD_REVISION = 54_468, 54_453  # the older one knows no kinds of columns
BUFFER = 64  # bytes, so that some columns are longer

ANY_CHARACTER = st.characters(exclude_categories=())  # half characters (surrogates) too, which are no UTF-8
WORDS = st.sampled_from(["", "a", "Zürich", "서울", "\0", "🦊" * 40])
TEXTS = WORDS | st.text(ANY_CHARACTER, max_size=5)
WHOLE = st.integers() | st.sampled_from([0, 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64])
REAL = st.floats(width=64) | st.integers(-10, 10)
AMOUNTS = st.decimals() | st.decimals(-(10**14), 10**14, places=4) | st.decimals(-(10**20), 10**20, places=9)
MOMENTS = st.integers(-(10**12), 10**13) | st.just(datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC))

KINDS: list[tuple[str, st.SearchStrategy[Any]]] = [
    ("String", TEXTS),
    ("LowCardinality(String)", TEXTS),
    ("UInt8", st.integers(-1, 256)),
    ("UInt64", WHOLE),
    ("Int64", WHOLE),
    ("Float64", REAL),
    ("DateTime64(3, 'UTC')", MOMENTS),
    ("Decimal(9, 2)", AMOUNTS),
    ("Decimal(18, 4)", AMOUNTS | REAL),
    ("Decimal(38, 9)", AMOUNTS),
    ("Array(String)", st.lists(TEXTS, max_size=3)),
    ("Map(LowCardinality(String), String)", st.dictionaries(TEXTS, TEXTS, max_size=3)),
    ("Map(LowCardinality(String), Float64)", st.dictionaries(TEXTS, REAL, max_size=3)),
]
COLUMNS = st.sampled_from(KINDS).flatmap(
    lambda kind: st.tuples(
        st.just(kind[0]), st.lists(kind[1] | st.sampled_from([None, 1, "x"]), min_size=1, max_size=8)
    )
)


class Sent:
    """A connection of the driver that leads to us; what goes through it is kept."""

    def __init__(self, revision: int = REVISION, compression: bool = False) -> None:
        self.parts: list[bytes] = []
        self.connection = clickhouse_driver.Client("localhost", compression=compression).connection
        self.connection.fout = BufferedSocketWriter(self, BUFFER)
        self.connection.server_info = ServerInfo("", 1, 1, 1, revision, "UTC", "", revision)
        self.connection.context.server_info = self.connection.server_info
        self.connection.block_out = self.connection.get_block_out_stream()

    def sendall(self, some: bytes) -> None:
        self.parts.append(bytes(some))

    def bytes(self) -> bytes:
        self.connection.fout.flush()
        return b"".join(self.parts)


def column(write: Any, spec: str, items: list[Any]) -> bytes | type[Exception]:
    """The bytes of a column, or the error instead of them."""
    sent = Sent()
    try:
        write(CONTEXT, "c", spec, items, sent.connection.fout)
    except (driver_errors.Error, *UNWRITABLE) as wrong:
        return type(wrong)
    return sent.bytes()


@settings(deadline=None)  # the longest of the examples take a moment
@given(COLUMNS)
@example(("LowCardinality(String)", [str(number) for number in range(255)]))
@example(("LowCardinality(String)", [str(number) for number in range(256)]))
@example(("LowCardinality(String)", [str(number) for number in range(257)]))
@example(("LowCardinality(String)", [str(number) for number in range(65_536)]))
@example(("Map(LowCardinality(String), String)", [{str(number): "x"} for number in range(300)]))
@example(("Map(LowCardinality(String), String)", [{}, {}]))
@example(("Decimal(18, 4)", [Decimal("-0.00009"), Decimal("-12.34567"), Decimal("99999999999999.9999"), Decimal(0)]))
@example(("Decimal(18, 4)", [Decimal("NaN")]))
@example(("String", ["x" * 3_000_000]))
def test_a_column_has_the_bytes_or_the_error_of_the_driver(column_of: tuple[str, list[Any]]) -> None:
    spec, items = column_of
    before = repr(items)

    assert column(blocks.write, spec, items) == column(write_column, spec, list(items))
    assert repr(items) == before


@pytest.mark.parametrize("compression", [False, True])
@pytest.mark.parametrize("revision", [REVISION, OLD_REVISION])
def test_a_block_has_the_bytes_of_the_drivers(revision: int, compression: bool) -> None:
    specs = [("name", "LowCardinality(String)"), ("at", "DateTime64(3, 'UTC')"), ("maps", "Map(String, String)")]
    block = ColumnOrientedBlock(specs, [["a", "b", "a"], [1, 2, 3], [{}, {"k": "v"}, {}]])
    ours, drivers = (Sent(revision, compression) for _ in range(2))

    blocks.send(ours.connection, block)
    drivers.connection.send_data(block)

    assert ours.bytes() == drivers.bytes()


@pytest.mark.usefixtures("clickhouse")
@pytest.mark.parametrize("compression", ["", "?compression=lz4"])
def test_columns_arrive_as_they_were(compression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.local, "client", client.opened(django_settings.EVENTLENS.clickhouse_url + compression))
    rows = 70_000
    columns: dict[str, list[Any]] = {
        "projectId": ["p"] * rows,
        "name": [f"word {number}" for number in range(rows)],
        "createdAt": [1_780_000_000_000 + number for number in range(rows)],
        "path": ["/\0서울" * (number % 3) for number in range(rows)],
        "country": ["KR" if number % 2 else "" for number in range(rows)],
        "revenue": [Decimal(-number) / 8 for number in range(rows)],
        "properties": [{f"key{number % 300}": str(number), "": "x"} for number in range(rows)],
        "numbers": [{"half": number / 2} if number % 2 else {} for number in range(rows)],
        "groups": [["a", ""] if number % 5 == 0 else [] for number in range(rows)],
    }

    assert client.insert("events", columns, token="wide") == rows

    told = ", ".join(
        ["toUnixTimestamp64Milli(createdAt) AS createdAt", *(name for name in columns if name != "createdAt")]
    )
    stored = client.query(Sql(f"SELECT {told} FROM events ORDER BY events.createdAt"))
    assert {name: [row[name] for row in stored] for name in columns} == {
        **columns,
        "revenue": [value.quantize(Decimal("0.0001")) for value in columns["revenue"]],
    }


@pytest.mark.usefixtures("clickhouse")
def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="Expected 2 rows, got 1"):
        client.insert("events", {"projectId": ["p", "p"], "name": ["x"]}, token="unequal")


@pytest.mark.usefixtures("clickhouse")
def test_no_rows_are_no_error() -> None:
    assert client.insert("events", {"projectId": [], "name": []}, token="none") == 0
    assert client.query(Sql("SELECT count() AS n FROM events")) == [{"n": 0}]
