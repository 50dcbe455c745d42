"""Celery's connection to Redis when Redis dies under it."""

import socket
from contextlib import suppress

import kombu

from eventlens.celery import app
from tests import servers


def test_a_connection_that_is_lost_with_a_task_in_hand_is_closed_without_an_error() -> None:
    port = servers.free_port()
    server = servers.redis_server(port).start().wait_for(lambda: servers.listens(port))
    connection = app.connection_for_read(f"redis://127.0.0.1:{port}/0")
    queue = kombu.Queue("work", exchange=kombu.Exchange("work"), routing_key="work")
    taken: list[kombu.Message] = []
    channel = connection.default_channel
    kombu.Consumer(channel, [queue], on_message=taken.append).consume()
    kombu.Producer(connection.channel()).publish({}, exchange="work", routing_key="work", declare=[queue])
    with suppress(socket.timeout):
        while not taken:
            connection.drain_events(timeout=5)

    server.kill()
    channel.close()
    connection.close()

    assert len(taken) == 1
    server.remove()
