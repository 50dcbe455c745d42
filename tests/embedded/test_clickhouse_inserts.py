"""Rows on their way into the embedded ClickHouse: every type, as one insert, once, or not at all."""

import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from clickhouse_driver import Client
from clickhouse_driver.block import ColumnOrientedBlock
from clickhouse_driver.client import QueryInfo
from clickhouse_driver.errors import ServerException, TypeMismatchError

from tests import servers

from .conftest import Embedded

MOMENT = datetime.datetime(2024, 2, 29, 23, 59, 59, 123000, tzinfo=datetime.UTC)
COLUMNS: dict[str, tuple[str, list[Any]]] = {
    "s": ("String", ["é\n\t\0'\\", ""]),
    "l": ("LowCardinality(String)", ["x", ""]),
    "u8": ("UInt8", [0, 255]),
    "u32": ("UInt32", [0, 4294967295]),
    "u64": ("UInt64", [0, 18446744073709551615]),
    "i64": ("Int64", [-(2**63), 2**63 - 1]),
    "f64": ("Float64", [0.1, -1e300]),
    "dec": ("Decimal(18, 4)", [Decimal("-0.0001"), Decimal("12345678901234.5678")]),
    "t64": ("DateTime64(3, 'UTC')", [MOMENT, MOMENT + datetime.timedelta(milliseconds=1)]),
    "d": ("Date", [MOMENT.date(), datetime.date(1970, 1, 1)]),
    "t": ("DateTime", [datetime.datetime(2024, 2, 29, 23, 59, 59), datetime.datetime(2100, 1, 1)]),
    "ms": ("Map(LowCardinality(String), String)", [{"a": "b", "": "\n"}, {}]),
    "mf": ("Map(LowCardinality(String), Float64)", [{}, {"x": 1.5}]),
    "as_": ("Array(String)", [["a", ""], []]),
    "au": ("Array(UInt64)", [[], [1, 2, 3]]),
    "aa": ("Array(Array(Nullable(String)))", [[["a", None], []], []]),
    "n": ("Nullable(Int32)", [None, -5]),
    "ln": ("LowCardinality(Nullable(String))", [None, "q"]),
    "tu": ("Tuple(UInt8, String)", [(1, "x"), (2, "")]),
    "uu": ("UUID", [UUID(int=0), UUID(int=2**128 - 1)]),
    "b": ("Bool", [True, False]),
    "e": ("Enum8('a, (' = 1, 'b' = 2)", ["a, (", "b"]),
    "fs": ("FixedString(2)", ["ab", "cd"]),
}


def make_table(client: Client, columns: str = "a UInt64, s String", tail: str = "") -> None:
    client.execute(
        f"CREATE TABLE t ({columns}) ENGINE = MergeTree ORDER BY tuple() {tail} "
        "SETTINGS non_replicated_deduplication_window = 10000"
    )


def count(client: Client, table: str = "t") -> int:
    [[rows]] = client.execute(f"SELECT count() FROM {table}")
    return int(rows)


def begin_insert(client: Client, sql: str) -> Any:
    """As far as the header block; the caller sends blocks, or does not."""
    client.connection.force_connect()
    client.connection.is_query_executing = False
    client.last_query = QueryInfo()
    client.connection.send_query(sql)
    client.connection.send_external_tables(None)
    return client.receive_sample_block()


def send_block(client: Client, header: Any, columns: list[list[Any]]) -> None:
    client.connection.send_data(ColumnOrientedBlock(header.columns_with_types, columns))
    client.receive_profile_events()


def end_insert(client: Client) -> None:
    client.connection.send_data(ColumnOrientedBlock())
    client.receive_profile_events()
    client.receive_end_of_insert_query()
    client.connection.is_query_executing = False


def test_who_wants_no_dictionaries_is_asked_for_plain_values(client: Client) -> None:
    make_table(client, "l LowCardinality(String), m Map(LowCardinality(String), LowCardinality(Nullable(String)))")
    client.execute("SET low_cardinality_allow_in_native_format = 0")

    header = begin_insert(client, "INSERT INTO t (l, m) VALUES")
    end_insert(client)

    assert header.columns_with_types == [("l", "String"), ("m", "Map(String, Nullable(String))")]


@pytest.mark.parametrize("in_dictionaries", [True, False])
def test_columns_of_every_type_arrive(client: Client, in_dictionaries: bool) -> None:
    make_table(client, ", ".join(f"{name} {kind}" for name, (kind, _) in COLUMNS.items()))
    values = [list(column) for _, column in COLUMNS.values()]

    written = client.execute(
        f"INSERT INTO t ({', '.join(COLUMNS)}) VALUES",
        values,
        columnar=True,
        settings={"low_cardinality_allow_in_native_format": int(in_dictionaries)},
    )

    assert written == 2
    stored = client.execute("SELECT * FROM t ORDER BY u8", columnar=True)
    for name, column in zip(COLUMNS, stored, strict=True):
        assert list(column) == COLUMNS[name][1], name


@pytest.mark.parametrize("name", COLUMNS)
def test_a_thousand_values_of_one_type_arrive(client: Client, name: str) -> None:
    kind, values = COLUMNS[name]
    make_table(client, f"a UInt64, c {kind}")

    client.execute("INSERT INTO t (a, c) VALUES", [list(range(1000)), values * 500], columnar=True)

    assert client.execute("SELECT c FROM t ORDER BY a") == [(value,) for value in values * 500]


def test_rows_may_come_as_tuples_and_without_a_list_of_columns(client: Client) -> None:
    make_table(client)

    assert client.execute("INSERT INTO t VALUES", [(1, "x"), (2, "y")]) == 2
    assert client.execute("SELECT * FROM t ORDER BY a") == [(1, "x"), (2, "y")]


def test_columns_that_are_not_sent_get_their_defaults(client: Client) -> None:
    make_table(client, "a UInt64, s String DEFAULT concat('n', toString(a)), m UInt64 MATERIALIZED a + 1")

    client.execute("INSERT INTO t (a) VALUES", [[1, 2]], columnar=True)
    client.execute("INSERT INTO t VALUES", [[3], ["given"]], columnar=True)

    assert client.execute("SELECT a, s, m FROM t ORDER BY a") == [(1, "n1", 2), (2, "n2", 3), (3, "given", 4)]


def test_an_insert_without_rows_is_no_error(client: Client) -> None:
    make_table(client)

    assert client.execute("INSERT INTO t (a) VALUES", [[]], columnar=True) == 0
    assert count(client) == 0


def test_insert_select_and_inline_values_work(client: Client) -> None:
    make_table(client)

    client.execute("INSERT INTO t SELECT number, 'x' FROM numbers(10)")
    client.execute("INSERT INTO t VALUES (11, 'it''s; fine')")

    assert client.execute("SELECT count(), max(s) FROM t") == [(11, "x")]


def test_many_blocks_are_one_insert(client: Client) -> None:
    make_table(client)

    client.execute(
        "INSERT INTO t (a) VALUES", [list(range(10000))], columnar=True, settings={"insert_block_size": 100}
    )

    assert client.execute("SELECT rows FROM system.parts WHERE table = 't' AND active") == [(10000,)]


@pytest.mark.parametrize("block_size", [1_000_000, 300])
def test_a_repeated_token_stores_nothing(client: Client, block_size: int) -> None:
    make_table(client, tail="PARTITION BY a % 7")
    options = {"insert_deduplication_token": "batch-1", "insert_block_size": block_size}

    for _ in range(3):
        client.execute("INSERT INTO t (a) VALUES", [list(range(1000))], columnar=True, settings=options)

    assert count(client) == 1000


def test_another_token_stores_equal_rows_again(client: Client) -> None:
    make_table(client)

    for token in ("1", "2"):
        client.execute(
            "INSERT INTO t (a) VALUES", [[1, 2]], columnar=True, settings={"insert_deduplication_token": token}
        )

    assert count(client) == 4


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("INSERT INTO missing (a) VALUES", 60),
        ("INSERT INTO t (missing) VALUES", 16),
        ("INSERT INTO t (a, a) VALUES", 15),
    ],
)
def test_a_wrong_insert_has_clickhouses_code(client: Client, sql: str, code: int) -> None:
    make_table(client)

    with pytest.raises(ServerException) as raised:
        client.execute(sql, [[1], [1]], columnar=True)

    assert raised.value.code == code


def test_rows_that_a_constraint_refuses_are_an_error_and_not_stored(client: Client) -> None:
    make_table(client, "a UInt64, CONSTRAINT small CHECK a < 10")

    with pytest.raises(ServerException, match="VIOLATED_CONSTRAINT") as raised:
        client.execute("INSERT INTO t (a) VALUES", [[1, 2, 30]], columnar=True)

    assert (raised.value.code, count(client)) == (469, 0)


def test_too_many_partitions_are_an_error_and_not_stored(client: Client) -> None:
    make_table(client, tail="PARTITION BY a")

    with pytest.raises(ServerException) as raised:
        client.execute("INSERT INTO t (a) VALUES", [list(range(101))], columnar=True)

    assert (raised.value.code, count(client)) == (252, 0)
    allowed = {"max_partitions_per_insert_block": 101}
    assert client.execute("INSERT INTO t (a) VALUES", [list(range(101))], columnar=True, settings=allowed) == 101


def test_a_view_that_fails_is_an_error(client: Client) -> None:
    make_table(client)
    client.execute("CREATE TABLE v (a UInt64) ENGINE = Memory")
    client.execute("CREATE MATERIALIZED VIEW mv TO v AS SELECT a + throwIf(a = 3) AS a FROM t")

    with pytest.raises(ServerException) as raised:
        client.execute("INSERT INTO t (a) VALUES", [[1, 2, 3]], columnar=True)

    assert (raised.value.code, count(client, "v")) == (395, 0)


def test_a_connection_outlives_an_insert_that_fails(client: Client, embedded: Embedded) -> None:
    make_table(client, "a UInt64, CONSTRAINT small CHECK a < 10")
    with embedded.client() as other:
        header = begin_insert(other, "INSERT INTO t (a) VALUES")
        send_block(other, header, [[1]])
        send_block(other, header, [[30]])
        with pytest.raises(ServerException, match="VIOLATED_CONSTRAINT"):
            end_insert(other)
        other.connection.is_query_executing = False

        assert other.execute("INSERT INTO t (a) VALUES", [[5]], columnar=True) == 1
        assert count(other) == 1


def test_rows_of_a_failed_insert_that_were_already_sent_are_passed_over(client: Client, embedded: Embedded) -> None:
    with embedded.client() as other:
        other.connection.force_connect()
        other.connection.is_query_executing = False
        other.connection.send_query("INSERT INTO missing (a) VALUES")
        other.connection.send_external_tables(None)
        other.connection.send_data(ColumnOrientedBlock([("a", "UInt64")], [[1, 2, 3]]))
        other.connection.send_data(ColumnOrientedBlock())
        assert other.connection.receive_packet().exception.code == 60
        other.connection.is_query_executing = False

        assert other.execute("SELECT 1") == [(1,)]


def test_a_value_of_a_wrong_type_stores_nothing(client: Client, embedded: Embedded) -> None:
    make_table(client)
    other = embedded.client()

    with pytest.raises(TypeMismatchError):
        other.execute("INSERT INTO t (s, a) VALUES", [["x", "y"], [1, "no number"]], columnar=True)

    assert count(client) == 0
    assert other.execute("INSERT INTO t (a) VALUES", [[1]], columnar=True) == 1


def test_a_client_that_leaves_in_the_middle_leaves_nothing(client: Client, embedded: Embedded) -> None:
    make_table(client, tail="PARTITION BY a % 3")
    before = embedded.connections()
    other = embedded.client()
    header = begin_insert(other, "INSERT INTO t (a) VALUES")
    for _ in range(4):
        send_block(other, header, [list(range(500_000))])

    other.disconnect()

    servers.until(lambda: embedded.connections() == before, what="the server to notice that the client left")
    assert count(client) == 0
    assert client.execute("SELECT count() FROM system.parts WHERE table = 't'") == [(0,)]


def test_a_client_that_cancels_in_the_middle_leaves_nothing_and_may_go_on(client: Client, embedded: Embedded) -> None:
    make_table(client)
    other = embedded.client()
    header = begin_insert(other, "INSERT INTO t (a) VALUES")
    send_block(other, header, [[1, 2, 3]])

    other.connection.send_cancel()
    other.receive_end_of_insert_query()

    other.connection.is_query_executing = False
    assert count(other) == 0
    assert other.execute("INSERT INTO t (a) VALUES", [[1]], columnar=True) == 1


def test_a_table_with_a_type_that_cannot_be_read_is_refused_before_rows_are_sent(client: Client) -> None:
    make_table(client, "a UInt64, s AggregateFunction(sum, UInt64)")

    with pytest.raises(ServerException, match="cannot pass the type AggregateFunction") as raised:
        client.execute("INSERT INTO t (a, s) VALUES", [[1], [1]], columnar=True)

    assert raised.value.code == 50
    assert client.execute("INSERT INTO t (a) VALUES", [[1]], columnar=True) == 1
