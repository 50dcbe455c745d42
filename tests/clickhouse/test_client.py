"""What the product says to ClickHouse and how it hears errors, over the real wire."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from eventlens.clickhouse import client
from eventlens.clickhouse.errors import ClickHouseUnavailable, QueryRejected, QueryTimeout, QueryTooExpensive
from eventlens.clickhouse.sql import Sql
from tests.servers import clickhouse_server, free_port, listens, until

HOSTILE = "'; DROP TABLE events; -- \\ \" \0 \n {x:String} $x 🦊"


@pytest.mark.usefixtures("clickhouse")
@pytest.mark.parametrize(
    ("kind", "value", "back"),
    [
        ("String", HOSTILE, HOSTILE),
        ("UInt64", 2**64 - 1, 2**64 - 1),
        ("Float64", 0.1, 0.1),
        ("Array(String)", [HOSTILE, ""], [HOSTILE, ""]),
        ("Array(UInt64)", [2**64 - 1, 0], [2**64 - 1, 0]),
        ("Array(Int64)", [-1], [-1]),
        ("Decimal(18, 4)", "12.3456", Decimal("12.3456")),
        (
            "DateTime64(3, 'UTC')",
            datetime(2024, 3, 1, 1, 2, 3, 456000, tzinfo=timezone(timedelta(hours=9))),
            datetime(2024, 2, 29, 16, 2, 3, 456000, tzinfo=UTC),
        ),
    ],
)
def test_a_parameter_arrives_as_it_was(kind: str, value: object, back: object) -> None:
    assert client.query(Sql(f"SELECT {{v:{kind}}} AS v", {"v": value})) == [{"v": back}]


@pytest.mark.usefixtures("clickhouse")
def test_a_repeated_token_inserts_once() -> None:
    row = {"projectId": ["p"], "name": ["x"], "createdAt": [datetime(2024, 1, 1, tzinfo=UTC)]}

    for _ in range(3):
        client.insert("events", row, token="t1")
    client.insert("events", row, token="t2")

    assert client.query(Sql("SELECT count() AS n FROM events")) == [{"n": 2}]


@pytest.mark.usefixtures("clickhouse")
def test_a_block_may_span_more_than_a_hundred_months() -> None:
    months = [datetime(2000 + year, month, 1, tzinfo=UTC) for year in range(12) for month in range(1, 13)]
    rows = {"projectId": ["p"] * 144, "name": ["x"] * 144, "createdAt": months}

    client.insert("events", rows, token="years")
    client.insert("events", rows, token="years")

    assert client.query(Sql("SELECT count() AS n FROM events")) == [{"n": 144}]


@pytest.mark.usefixtures("clickhouse")
@pytest.mark.parametrize(
    ("text", "settings", "error"),
    [
        ("SELECT nonsense", {}, QueryRejected),
        (
            "SELECT count() FROM numbers(1e11) WHERE number % 7 = 3",
            {"max_execution_time": 1, "max_rows_to_read": 0},
            QueryTimeout,
        ),
        ("SELECT groupArray(number) FROM numbers(1e8)", {"max_memory_usage": 10_000_000}, QueryTooExpensive),
        ("SELECT number FROM numbers(1000)", {"max_result_rows": 10}, QueryTooExpensive),
        ("SELECT max(number) FROM numbers(1000000)", {"max_rows_to_read": 10}, QueryTooExpensive),
    ],
)
def test_errors_are_typed_and_the_connection_goes_on(text: str, settings: dict[str, object], error: type) -> None:
    with pytest.raises(error):
        client.query(Sql(text), settings=settings)

    assert client.query(Sql("SELECT 1 AS one")) == [{"one": 1}]


def test_nobody_listening_is_unavailable() -> None:
    with pytest.raises(ClickHouseUnavailable):
        client.create_database(f"clickhouse://127.0.0.1:{free_port()}/event_lens")


def test_a_server_that_dies_over_its_answer_is_unavailable() -> None:
    port = free_port()
    server = clickhouse_server(port).start().wait_for(lambda: listens(port))
    url = f"clickhouse://127.0.0.1:{port}/event_lens"

    def ask() -> None:
        client.local.client = client.opened(url)
        client.query(Sql("SELECT count() FROM numbers(1e13) WHERE number % 7 = 3"), settings={"max_rows_to_read": 0})

    with ThreadPoolExecutor(1) as asking, client.opened(url) as watching:
        asked = asking.submit(ask)
        until(
            lambda: watching.execute("SELECT count() FROM system.processes")[0][0] > 1,
            what="the question to run",
        )
        server.kill()

        assert isinstance(asked.exception(30), ClickHouseUnavailable)
    server.remove()


def test_a_database_name_that_is_none_is_refused() -> None:
    with pytest.raises(QueryRejected, match="use letters, digits and underscores"):
        client.create_database("clickhouse://127.0.0.1:1/a;b")
