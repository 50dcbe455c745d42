"""Many clients at once, many small inserts, and clients that speak something else."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException

from tests import servers

from .conftest import Embedded
from .test_clickhouse_inserts import count, make_table


def test_connections_work_side_by_side(client: Client, embedded: Embedded) -> None:
    make_table(client)

    def work(worker: int) -> int:
        with embedded.client() as mine:
            for step in range(20):
                numbers = list(range(worker * 1000 + step * 10, worker * 1000 + step * 10 + 10))
                mine.execute("INSERT INTO t (a) VALUES", [numbers], columnar=True, settings={"max_threads": 1})
                assert mine.execute("SELECT {w:UInt64}, sleep(0.001)", {"w": worker}) == [(worker, 0)]
            [[rows]] = mine.execute("SELECT count() FROM t WHERE intDiv(a, 1000) = {w:UInt64}", {"w": worker})
            return int(rows)

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(work, range(16))) == [200] * 16
    assert count(client) == 3200


def test_a_long_query_does_not_hold_up_a_short_one(client: Client, embedded: Embedded) -> None:
    slow = embedded.client()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(slow.execute, "SELECT sleepEachRow(0.5) FROM numbers(4)")
        servers.until(
            lambda: client.execute("SELECT count() FROM system.processes WHERE query LIKE '%sleepEach%'") == [(2,)],
            what="the long query to run",
        )
        assert client.execute("SELECT 1") == [(1,)]
        assert not answer.done()


def test_the_connection_after_the_last_one_is_refused_with_advice(own_embedded: Embedded) -> None:
    for _ in range(200):
        own_embedded.client().connection.force_connect()

    with pytest.raises(ServerException, match="All 200 connections of the embedded ClickHouse are taken") as raised:
        own_embedded.client().execute("SELECT 1")

    assert raised.value.code == 202
    own_embedded.clients[0].disconnect()
    servers.until(lambda: own_embedded.connections() == 199, what="the server to notice that a client left")
    assert own_embedded.client().execute("SELECT 1") == [(1,)]


def test_small_inserts_are_merged_in_the_background(client: Client) -> None:
    make_table(client)

    for number in range(60):
        client.execute("INSERT INTO t (a) VALUES", [[number]], columnar=True)

    parts = "SELECT count() FROM system.parts WHERE table = 't' AND active"
    servers.until(lambda: client.execute(parts)[0][0] < 15, what="the parts to be merged")
    assert count(client) == 60


@pytest.mark.parametrize("greeting", [b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 100, b"\xff" * 100, b""])
def test_a_stranger_is_sent_away_and_others_go_on(client: Client, embedded: Embedded, greeting: bytes) -> None:
    with socket.create_connection(("127.0.0.1", embedded.port), timeout=5) as stranger:
        stranger.sendall(greeting)
        stranger.shutdown(socket.SHUT_WR)
        while stranger.recv(1000):
            pass

    assert client.execute("SELECT 1") == [(1,)]


def test_many_connections_leave_no_memory_behind(client: Client, embedded: Embedded) -> None:
    def visit() -> None:
        with embedded.client() as visitor:
            visitor.execute("SELECT number FROM numbers(1000)", settings={"readonly": 1})

    for _ in range(100):
        visit()
    before = embedded.memory()
    for _ in range(300):
        visit()

    assert embedded.memory() - before < 30 << 20
