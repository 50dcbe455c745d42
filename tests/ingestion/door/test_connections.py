"""What is left of a connection that has ended: nothing."""

import gc
import socket

import pytest
import redis

from eventlens.worker import Protocol
from tests.ingestion.door.doors import Loop
from tests.servers import until

pytestmark = pytest.mark.django_db
REQUEST = b"POST /track HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def connections() -> int:
    gc.collect()
    return sum(isinstance(one, Protocol) for one in gc.get_objects())


def test_a_connection_that_ended_is_forgotten_long_before_its_timer(
    event_loop_door: Loop, log: "redis.Redis"
) -> None:
    before = connections()
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", event_loop_door.port)) as sender:
            sender.sendall(REQUEST)
            assert sender.recv(4096).startswith(b"HTTP/1.1 401")

    until(lambda: connections() <= before, 10, "the connections to be forgotten")
