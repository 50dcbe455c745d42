"""How statements, parameters, types and errors are read, as tables of input and exact output."""

import pytest
from clickhouse_driver.bufferedreader import BufferedSocketReader

from eventlens.embedded.clickhouse.blocks import Memory
from eventlens.embedded.clickhouse.errors import EngineError
from eventlens.embedded.clickhouse.layout import layout_of
from eventlens.embedded.clickhouse.statements import InsertOfBlocks, changes_settings, is_select, without_tail
from eventlens.embedded.clickhouse.wire import unquoted, varint


@pytest.mark.parametrize(
    ("text", "insert"),
    [
        ("INSERT INTO t (a, b) VALUES", InsertOfBlocks("t", "a, b", "")),
        ("insert into t values ;", InsertOfBlocks("t", "*", "")),
        ("INSERT INTO TABLE d.t(a)VALUES", InsertOfBlocks("d.t", "a", "")),
        ("-- why\n/* who */ INSERT INTO t (a)\nVALUES\n", InsertOfBlocks("t", "a", "")),
        ('INSERT INTO `a b`."t" (`x(y`, z) VALUES', InsertOfBlocks('`a b`."t"', "`x(y`, z", "")),
        ("INSERT INTO t (* EXCEPT(a)) FORMAT Native", InsertOfBlocks("t", "* EXCEPT(a)", "")),
        (
            "INSERT INTO t (a) SETTINGS async_insert = 0, x = 'VALUES' VALUES",
            InsertOfBlocks("t", "a", "SETTINGS async_insert = 0, x = 'VALUES' "),
        ),
        ("INSERT INTO t (a) VALUES (1)", None),
        ("INSERT INTO t SELECT 1", None),
        ("INSERT INTO t SELECT 1 FORMAT Native", None),
        ("INSERT INTO t SETTINGS x = 1 SELECT 1 FORMAT Native", None),
        ("SELECT 'INSERT INTO t VALUES'", None),
        (f"INSERT INTO t ({', '.join(f'a_long_name_of_a_column_{n}' for n in range(200))}) SELECT 1", None),
    ],
)
def test_an_insert_of_blocks_is_recognised(text: str, insert: InsertOfBlocks | None) -> None:
    assert InsertOfBlocks.of(text) == insert


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("SELECT 1", "SELECT 1"),
        ("SELECT 1 ; ", "SELECT 1"),
        ("SELECT 1\nFORMAT TSV;", "SELECT 1"),
        ("SELECT ';', ' FORMAT TSV'", "SELECT ';', ' FORMAT TSV'"),
    ],
)
def test_the_tail_of_a_statement_is_cut_off(text: str, rest: str) -> None:
    assert without_tail(text) == rest


@pytest.mark.parametrize(
    ("text", "select", "sets"),
    [
        ("SELECT 1", True, False),
        ("/* a */ with x as (select 1) select * from x", True, False),
        ("(SELECT 1)", True, False),
        ("SET a = 1", False, True),
        ("-- a\nset a = 1", False, True),
        ("SELECTION", False, False),
        ("CREATE TABLE t (a UInt8)", False, False),
        ("SETTLE", False, False),
    ],
)
def test_kinds_of_statements_are_told_apart(text: str, select: bool, sets: bool) -> None:
    assert (is_select(text), changes_settings(text)) == (select, sets)


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("'5'", "5"),
        ("'it\\'s'", "it's"),
        ("'a\\\\nb'", "a\\nb"),
        ("'a\\nb'", "a\nb"),
        ("''", ""),
        ("'[\\'a\\']'", "['a']"),
    ],
)
def test_a_parameter_loses_one_layer_of_quotes(literal: str, text: str) -> None:
    assert unquoted(literal) == text


def text(value: bytes) -> bytes:
    return varint(len(value)) + value


def number(*values: int) -> bytes:
    return b"".join(value.to_bytes(8, "little") for value in values)


@pytest.mark.parametrize(
    ("type_name", "rows", "data"),
    [
        ("UInt8", 3, b"\x01\x02\x03"),
        ("Decimal(18, 4)", 2, b"\x00" * 16),
        ("Decimal(76, 4)", 1, b"\x00" * 32),
        ("DateTime64(3, 'Asia/Seoul')", 1, b"\x00" * 8),
        ("Enum16('a, (\\'' = 1, 'b)' = 2)", 2, b"\x00" * 4),
        ("String", 2, text(b"") + text(b"x" * 200)),
        ("Nullable(FixedString(3))", 2, b"\x00\x01" + b"abc" * 2),
        ("Array(String)", 2, number(1, 2) + text(b"a") + text(b"b")),
        ("Array(Array(UInt16))", 2, number(1, 3) + number(2, 2, 5) + b"\x00" * 10),
        ("Map(String, Array(UInt8))", 1, number(2) + text(b"a") + text(b"b") + number(1, 3) + b"abc"),
        ("Tuple(`a b` String, n Nullable(UInt8))", 1, text(b"a") + b"\x00\x01"),
        ("LowCardinality(String)", 3, number(1, 0x600, 2) + text(b"") + text(b"a") + number(3) + b"\x00\x01\x00"),
        ("LowCardinality(Nullable(UInt32))", 2, number(1, 0x601, 1) + b"\x00" * 4 + number(2) + b"\x00" * 4),
        ("Map(LowCardinality(String), String)", 2, number(1) + number(0, 0)),
        ("SimpleAggregateFunction(sum, UInt64)", 1, b"\x00" * 8),
        ("Ring", 1, number(1) + b"\x00" * 16),
    ],
)
def test_a_column_ends_where_its_layout_says(type_name: str, rows: int, data: bytes) -> None:
    following = b"what comes next"
    reader = BufferedSocketReader(Memory(data + following), len(data) + 100)

    layout_of(type_name).skip_prefix(reader)
    layout_of(type_name).skip(reader, rows)

    assert reader.read(len(following)) == following


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("Code: 60. DB::Exception: No t. (UNKNOWN_TABLE)", 60, "DB::Exception: No t. (UNKNOWN_TABLE)"),
        ("Streaming query failed: Code: 159. DB::Exception: Late.\nX", 159, "DB::Exception: Late.\nX"),
        ("Code: 33. DB::Exception: Code: 33. DB::Exception: Short.", 33, "DB::Exception: Short."),
        ("something else", 1002, "DB::Exception: something else"),
    ],
)
def test_an_error_of_chdb_is_read(words: str, code: int, message: str) -> None:
    error = EngineError.from_chdb(RuntimeError(words))

    assert (error.code, error.message) == (code, message)
