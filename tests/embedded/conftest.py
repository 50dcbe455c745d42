"""An embedded ClickHouse of its own for these tests, with a client for each who asks."""

import signal
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from clickhouse_driver import Client

from tests import servers


class Embedded:
    """The server as a process: start it, end it in one way or another, connect to it."""

    def __init__(self) -> None:
        self.port = servers.free_port()
        self.server = servers.clickhouse_server(self.port)
        self.clients: list[Client] = []

    def start(self) -> "Embedded":
        self.server.start().wait_for(lambda: f"ready on 127.0.0.1:{self.port}" in self.server.log.read_text())
        return self

    def restart(self) -> None:
        self.server.log.write_text("")
        self.start()

    def client(self, **options: Any) -> Client:
        settings = {"server_side_params": True, **options.pop("settings", {})}
        options.setdefault("database", "event_lens")
        client = Client("127.0.0.1", port=self.port, settings=settings, **options)
        self.clients.append(client)
        return client

    def pid(self) -> int:
        assert self.server.process is not None
        return self.server.process.pid

    def memory(self) -> int:
        """Resident bytes."""
        return int(psutil.Process(self.pid()).memory_info().rss)

    def connections(self) -> int:
        """How many clients the server knows."""
        established = psutil.Process(self.pid()).net_connections("tcp")
        return sum(one.status != psutil.CONN_LISTEN for one in established)

    def send(self, number: signal.Signals) -> None:
        psutil.Process(self.pid()).send_signal(number)

    def wait(self, seconds: float) -> int:
        """The exit code."""
        assert self.server.process is not None
        return self.server.process.wait(seconds)

    def stop(self, number: signal.Signals, seconds: float) -> int:
        self.send(number)
        return self.wait(seconds)

    def remove(self) -> None:
        for client in self.clients:
            client.disconnect()
        self.server.remove()


@pytest.fixture(scope="session")
def embedded() -> Iterator[Embedded]:
    """One server for all tests that only ask it things."""
    running = Embedded().start()
    yield running
    running.remove()


@pytest.fixture
def own_embedded() -> Iterator[Embedded]:
    """A server that a test may end."""
    running = Embedded().start()
    yield running
    running.remove()


@pytest.fixture
def client(embedded: Embedded) -> Iterator[Client]:
    """A connection to a database without tables."""
    connection = embedded.client()
    connection.execute("DROP DATABASE IF EXISTS event_lens SYNC")
    connection.execute("CREATE DATABASE event_lens")
    yield connection
    connection.disconnect()
