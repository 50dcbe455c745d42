"""Clients that leave, servers that end: what runs is stopped, what was acknowledged stays, exactly once."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clickhouse_driver import Client
from clickhouse_driver.client import QueryInfo
from clickhouse_driver.errors import Error

from tests import servers

from .conftest import Embedded
from .test_clickhouse_inserts import begin_insert, count, end_insert, make_table, send_block

ENDLESS = "SELECT count() FROM numbers(1000000000000000) WHERE number % 7 = 3"
ENDLESS_ROWS = "SELECT number, repeat('x', 100) FROM numbers(1000000000000)"


def running(client: Client) -> list[str]:
    rows = client.execute("SELECT query FROM system.processes WHERE query NOT LIKE '%system.processes%'")
    return [query for (query,) in rows]


def begin(client: Client, sql: str) -> None:
    client.connection.force_connect()
    client.connection.is_query_executing = False
    client.last_query = QueryInfo()
    client.connection.send_query(sql)
    client.connection.send_external_tables(None)


@pytest.mark.parametrize("sql", [ENDLESS, ENDLESS_ROWS, f"INSERT INTO FUNCTION null('n UInt64') {ENDLESS}"])
def test_a_query_ends_when_its_client_leaves(client: Client, embedded: Embedded, sql: str) -> None:
    other = embedded.client()
    begin(other, sql)
    servers.until(lambda: len(running(client)) == 1, what="the query to run")

    other.disconnect()

    servers.until(lambda: running(client) == [], seconds=5, what="the query to end")


@pytest.mark.parametrize("sql", [ENDLESS, ENDLESS_ROWS])
def test_a_query_ends_when_its_client_cancels_and_the_connection_stays(
    client: Client, embedded: Embedded, sql: str
) -> None:
    other = embedded.client()
    begin(other, sql)
    servers.until(lambda: len(running(client)) == 1, what="the query to run")

    other.cancel()

    assert running(client) == []
    assert other.execute("SELECT 1") == [(1,)]


def test_a_cancel_that_comes_with_the_query_is_heard(client: Client, embedded: Embedded) -> None:
    other = embedded.client()
    begin(other, ENDLESS)
    other.cancel()

    assert other.execute("SELECT 1") == [(1,)]


def test_a_stream_that_nobody_reads_to_its_end_ends(client: Client, embedded: Embedded) -> None:
    other = embedded.client()
    rows = other.execute_iter(ENDLESS_ROWS)
    assert next(rows)[0] == 0

    other.disconnect()

    servers.until(lambda: running(client) == [], seconds=5, what="the stream to end")


def test_a_stopped_server_ends_within_seconds_although_a_query_runs(own_embedded: Embedded) -> None:
    watching, asking = own_embedded.client(), own_embedded.client()
    begin(asking, ENDLESS)
    servers.until(lambda: len(running(watching)) == 1, what="the query to run")

    assert own_embedded.stop(signal.SIGTERM, seconds=4) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_server_lets_an_insert_end(own_embedded: Embedded, number: signal.Signals) -> None:
    client = own_embedded.client()
    make_table(client)
    header = begin_insert(client, "INSERT INTO t (a) VALUES")
    send_block(client, header, [[1, 2]])

    own_embedded.send(number)
    servers.until(lambda: not accepts(own_embedded), what="the server to refuse new connections")
    send_block(client, header, [[3]])
    end_insert(client)

    assert own_embedded.wait(seconds=4) == 0
    own_embedded.restart()
    assert count(own_embedded.client()) == 3


def accepts(embedded: Embedded) -> bool:
    try:
        return servers.listens(embedded.port)
    except ConnectionRefusedError:
        return False


def test_a_stopped_server_does_not_wait_for_ever_for_an_insert(own_embedded: Embedded) -> None:
    client = own_embedded.client()
    make_table(client)
    header = begin_insert(client, "INSERT INTO t (a) VALUES")
    send_block(client, header, [[1, 2]])

    assert own_embedded.stop(signal.SIGTERM, seconds=12) == 0

    own_embedded.restart()
    assert count(own_embedded.client()) == 0


def insert_until_killed(embedded: Embedded, worker: int, acknowledged: list[int]) -> None:
    client = embedded.client()
    try:
        for number in range(worker * 1_000_000, (worker + 1) * 1_000_000):
            insert_batch(client, number)
            acknowledged.append(number)
    except (Error, EOFError, OSError):
        return


def insert_batch(client: Client, number: int) -> None:
    rows = [[number] * 10, [f"{number}-{i}" for i in range(10)]]
    token = {"insert_deduplication_token": f"batch-{number}"}
    client.execute("INSERT INTO t (a, s) VALUES", rows, columnar=True, settings=token)


def in_threads(*works: Callable[[], Any]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    return threads


def test_a_killed_server_has_lost_nothing_and_repeats_are_dropped(own_embedded: Embedded) -> None:
    make_table(own_embedded.client(), tail="PARTITION BY cityHash64(s) % 3")
    acknowledged: list[list[int]] = [[], [], []]
    threads = in_threads(
        *(lambda n=n, done=done: insert_until_killed(own_embedded, n, done) for n, done in enumerate(acknowledged))
    )
    servers.until(lambda: sum(map(len, acknowledged)) >= 150, what="inserts to be acknowledged")
    own_embedded.server.kill()
    for thread in threads:
        thread.join()
    own_embedded.restart()
    client = own_embedded.client()

    stored = client.execute("SELECT a, count(), uniqExact(s) FROM t GROUP BY a")
    assert {number for done in acknowledged for number in done} <= {row[0] for row in stored}
    assert all(rows == texts for _, rows, texts in stored)

    # What a client repeats because it got no answer: the last acknowledged ones, and those that were on their way.
    for done in acknowledged:
        for number in [*done[-20:], done[-1] + 1]:
            insert_batch(client, number)
    assert client.execute("SELECT DISTINCT count(), uniqExact(s) FROM t GROUP BY a") == [(10, 10)]


def serve(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "eventlens.embedded.clickhouse", *arguments]
    return subprocess.run(command, cwd=servers.ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_data_folder_in_use_is_refused(embedded: Embedded) -> None:
    folder = embedded.server.folder / "data"

    refused = serve("--port", str(servers.free_port()), "--data-dir", str(folder))

    assert refused.returncode == 1
    assert f"{folder} is in use by process {embedded.pid()}: stop that one, or give this one another --data-dir" in (
        refused.stderr
    )


def test_an_address_that_others_can_reach_is_refused(tmp_path: Path) -> None:
    refused = serve("--port", "0", "--data-dir", str(tmp_path / "d"), "--host", "0.0.0.0")

    assert refused.returncode == 1
    assert "listens on loopback addresses only, not on 0.0.0.0: use 127.0.0.1" in refused.stderr
    assert not (tmp_path / "d").exists()


def test_a_port_in_use_is_refused(embedded: Embedded, tmp_path: Path) -> None:
    refused = serve("--port", str(embedded.port), "--data-dir", str(tmp_path))

    assert refused.returncode == 1
    assert f"port {embedded.port} of 127.0.0.1 is taken" in refused.stderr
