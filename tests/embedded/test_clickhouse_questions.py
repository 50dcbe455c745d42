"""What a client asks of the embedded ClickHouse, and what it gets: rows, types, parameters, settings, errors."""

import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Embedded


def code_of(client: Client, sql: str, **options: Any) -> int:
    with pytest.raises(ServerException) as raised:
        client.execute(sql, **options)
    return int(raised.value.code)


def test_an_answer_has_rows_and_the_names_and_types_of_its_columns(client: Client) -> None:
    answer = client.execute("SELECT number AS a, 'x' AS b FROM numbers(2)", with_column_types=True)

    assert answer == ([(0, "x"), (1, "x")], [("a", "UInt64"), ("b", "String")])


@pytest.mark.parametrize("sql", ["SELECT 1 AS a, 'x' AS b WHERE 0", "SELECT 1 AS a, 'x' AS b WHERE 0;"])
def test_an_answer_without_rows_has_the_names_and_types_of_its_columns(client: Client, sql: str) -> None:
    assert client.execute(sql, with_column_types=True) == ([], [("a", "UInt8"), ("b", "String")])


def test_an_empty_list_of_tables_has_its_column(client: Client) -> None:
    assert client.execute("SHOW TABLES", with_column_types=True) == ([], [("name", "String")])


def test_values_of_every_type_come_back(client: Client) -> None:
    moment = datetime.datetime(2024, 2, 29, 23, 59, 59, 123000, tzinfo=datetime.UTC)
    sql = """
        SELECT 'é', toLowCardinality('x'), toUInt8(255), toUInt32(4294967295), toUInt64(18446744073709551615),
               toInt64(-1), toFloat64(0.5), toDecimal64('12.3456', 4),
               toDateTime64('2024-02-29 23:59:59.123', 3, 'UTC'), toDate('2024-02-29'),
               map('a', 'b')::Map(LowCardinality(String), String),
               map('a', 1.5)::Map(LowCardinality(String), Float64), ['a', ''], [[1, 2], []]::Array(Array(UInt64)),
               NULL::Nullable(Int32), (1, 'x'), toUUID('00000000-0000-0000-0000-000000000001'), true,
               'b'::Enum8('a' = 1, 'b' = 2), NULL::LowCardinality(Nullable(String)), toFixedString('ab', 2),
               [NULL, 'x']::Array(Nullable(String)),
               (1, [('x', 2)])::Tuple(n UInt8, l Array(Tuple(s String, i Int16))),
               toIPv4('1.2.3.4')::String, map()::Map(LowCardinality(String), Array(LowCardinality(String)))
    """

    [row] = client.execute(sql)

    assert row[:7] == ("é", "x", 255, 4294967295, 18446744073709551615, -1, 0.5)
    assert row[7:11] == (Decimal("12.3456"), moment, moment.date(), {"a": "b"})
    assert row[11:18] == ({"a": 1.5}, ["a", ""], [[1, 2], []], None, (1, "x"), UUID(int=1), True)
    assert row[18:] == ("b", None, "ab", [None, "x"], (1, [("x", 2)]), "1.2.3.4", {})


def test_a_type_that_cannot_be_passed_is_refused_by_name(client: Client) -> None:
    with pytest.raises(ServerException, match=r"cannot pass the type AggregateFunction\(sum, UInt8\)") as raised:
        client.execute("SELECT sumState(1)")

    assert raised.value.code == 50


HOSTILE = [
    "' OR 1 = 1 --",
    "\\",
    "\\'",
    "{x:String}",
    "a\tb\nc\rd\0e\b\f\v\a",
    "\\N",
    "NULL",
    "é 漢 😀",
    "'",
    "",
    "`",
    "\\\\n",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_parameter_arrives_as_it_was(client: Client, text: str) -> None:
    assert client.execute("SELECT {x:String}, [{x:String}], {y:Array(String)}", {"x": text, "y": [text]}) == [
        (text, [text], [text])
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text())
def test_any_text_parameter_arrives_as_it_was(client: Client, text: str) -> None:
    assert client.execute("SELECT {x:String}, {y:Array(String)}", {"x": text, "y": [text, text]}) == [
        (text, [text, text])
    ]


def test_parameters_are_typed(client: Client) -> None:
    sql = "SELECT {n:UInt64}, {d:Date}, {t:DateTime64(3, 'UTC')}, {f:Float64}, {l:Array(UInt8)}"
    given = {"n": 7, "d": datetime.date(2024, 1, 2), "t": "2024-01-02 03:04:05.678", "f": 0.25, "l": [1, 2]}

    [row] = client.execute(sql, given)

    moment = datetime.datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.UTC)
    assert row == (7, datetime.date(2024, 1, 2), moment, 0.25, [1, 2])


def test_a_parameter_does_not_outlive_its_query(client: Client) -> None:
    client.execute("SELECT {x:UInt8}", {"x": 1})

    assert code_of(client, "SELECT {x:UInt8}") == 456


def test_parameters_work_in_statements_that_write(client: Client) -> None:
    client.execute("CREATE TABLE {t:Identifier} (a String) ENGINE = Memory", {"t": "named"})
    client.execute("INSERT INTO named SELECT {v:String}", {"v": "it's"})

    assert client.execute("SELECT a FROM named") == [("it's",)]


@pytest.mark.parametrize(
    ("sql", "limits", "code"),
    [
        ("SELEC 1", {}, 62),
        ("SELECT 1; SELECT 2", {}, 62),
        ("SELECT * FROM missing", {}, 60),
        ("SELECT missing FROM numbers(1)", {}, 47),
        ("SELECT {a:UInt8}", {}, 456),
        ("SELECT toUInt8('x')", {}, 6),
        ("SELECT sum(number) FROM numbers(1000000000000)", {"max_execution_time": 1}, 159),
        ("SELECT number, count() FROM numbers(5000000) GROUP BY number", {"max_memory_usage": 5000000}, 241),
        ("SELECT number FROM numbers(11)", {"max_result_rows": 10}, 396),
        ("CREATE TABLE t (a UInt8) ENGINE = Memory", {"readonly": 1}, 164),
        ("SELECT 1", {"max_threads": "many"}, 27),
    ],
)
def test_an_error_has_clickhouses_code(client: Client, sql: str, limits: dict[str, Any], code: int) -> None:
    assert code_of(client, sql, settings=limits) == code


def test_an_error_has_clickhouses_words(client: Client) -> None:
    with pytest.raises(ServerException, match=r"DB::Exception: Unknown table expression.*\(UNKNOWN_TABLE\)"):
        client.execute("SELECT * FROM missing")


def test_an_unknown_database_is_refused_when_connecting(embedded: Embedded) -> None:
    assert code_of(embedded.client(database="missing"), "SELECT 1") == 81


def test_a_setting_lasts_for_its_query_only(client: Client) -> None:
    sql = "SELECT toString(getSetting('max_execution_time')), getSetting('log_comment')"

    during = client.execute(sql, settings={"max_execution_time": 7, "log_comment": "it's"})
    after = client.execute(sql)

    assert (during, after) == ([("7", "it's")], [("0", "")])


def test_a_setting_lasts_for_its_query_only_when_that_fails(client: Client, embedded: Embedded) -> None:
    with embedded.client() as other:
        other.connection.force_connect()
        other.connection.is_query_executing = False
        other.connection.context.settings = {"max_result_rows": 1}
        other.connection.send_query("SELECT number FROM numbers(5)")
        other.connection.send_external_tables(None)
        assert other.connection.receive_packet().exception.code == 396
        other.connection.is_query_executing = False

        assert other.execute("SELECT number FROM numbers(5)") == [(0,), (1,), (2,), (3,), (4,)]


def test_readonly_binds_one_query(client: Client) -> None:
    assert client.execute("SELECT currentDatabase()", settings={"readonly": 1}) == [("event_lens",)]

    client.execute("CREATE TABLE t (a UInt8) ENGINE = Memory")


def test_what_a_client_sets_lasts_beyond_a_query_with_settings(client: Client) -> None:
    client.execute("SET max_threads = 1")
    client.execute("SELECT 1", settings={"max_threads": 2})

    assert client.execute("SELECT getSetting('max_threads')") == [(1,)]


def test_an_unknown_setting_is_passed_over_unless_it_is_important(client: Client, embedded: Embedded) -> None:
    strict = embedded.client(settings_is_important=True)

    assert client.execute("SELECT getSetting('max_threads')", settings={"nothing": 1, "max_threads": 1}) == [(1,)]
    assert code_of(strict, "SELECT 1", settings={"nothing": 1}) == 115


def test_a_result_may_be_cut_instead_of_refused(client: Client) -> None:
    cut = {"max_result_rows": 10, "result_overflow_mode": "break", "max_block_size": 10}

    assert client.execute("SELECT number FROM numbers(100)", settings=cut) == [(n,) for n in range(10)]


def test_a_database_and_a_temporary_table_belong_to_the_connection(client: Client, embedded: Embedded) -> None:
    client.execute("CREATE TEMPORARY TABLE mine (a UInt8)")
    client.execute("INSERT INTO mine SELECT 5")
    other = embedded.client()

    assert client.execute("SELECT a FROM mine", settings={"max_threads": 1}) == [(5,)]
    assert code_of(other, "SELECT a FROM mine") == 60
    other.execute("USE system")
    assert other.execute("SELECT currentDatabase()") == [("system",)]
    assert client.execute("SELECT currentDatabase()") == [("event_lens",)]


def test_a_client_may_ask_for_compression(embedded: Embedded, client: Client) -> None:
    packed = embedded.client(compression="lz4")
    packed.execute("CREATE TABLE t (a String, b UInt64) ENGINE = Memory")
    packed.execute("INSERT INTO t (a, b) VALUES", [["x" * 1000] * 3000, list(range(3000))], columnar=True)

    assert packed.execute("SELECT a, sum(b) FROM t GROUP BY a") == [("x" * 1000, 4498500)]
    assert client.execute("SELECT count() FROM t") == [(3000,)]


def test_a_connection_answers_pings_between_queries(client: Client) -> None:
    client.execute("SELECT 1")

    assert client.connection.ping() is True


def test_progress_counts_the_rows_read(client: Client) -> None:
    client.execute("SELECT sum(number) FROM numbers(1000)")

    assert client.last_query.progress.rows == 1000


def test_a_connection_outlives_an_error(embedded: Embedded) -> None:
    with embedded.client() as client:
        client.connection.force_connect()
        connection = client.connection
        for _ in range(3):
            connection.is_query_executing = False
            connection.send_query("SELECT throwIf(number = 100000) FROM numbers(200000)")
            connection.send_external_tables(None)
            while not (error := connection.receive_packet().exception):
                pass
            assert error.code == 395
        connection.is_query_executing = False

        assert client.execute("SELECT 1") == [(1,)]


def test_external_tables_are_refused_with_advice(client: Client) -> None:
    table = {"name": "x", "structure": [("a", "UInt8")], "data": [{"a": 1}]}

    assert code_of(client, "SELECT * FROM x", external_tables=[table]) == 48


def test_a_million_rows_stream_through_little_memory(embedded: Embedded, client: Client) -> None:
    sizes = [
        embedded.memory()
        for row in client.execute_iter("SELECT number, repeat('x', 200) FROM numbers(2000000)")
        if row[0] % 100_000 == 0
    ]

    assert len(sizes) == 20
    assert max(sizes[10:]) - max(sizes[:10]) < 40 << 20  # each half is 208 MB long
