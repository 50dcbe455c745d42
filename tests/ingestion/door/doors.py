"""Both entrances for events, spoken to in the same words: Django's views, and the web server's event loop."""

import asyncio
import http.client
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import redis
import uvicorn
import uvloop
from django.db import connections
from django.test import Client

from analytics import directory
from eventlens.asgi import Application
from eventlens.worker import Worker
from ingestion.door import devices
from ingestion.log import stream
from ingestion.wire.moments import now_ms
from tests.servers import until


class Views:
    """Requests that Django's test client hands to the views."""

    def client(self, headers: dict[str, str] | None = None) -> Client:
        return Client(headers=headers or {})


class Loop:
    """The application on a socket with the worker's own parser, in a thread: settings and database are the test's."""

    def __init__(self) -> None:
        self.app = Application()
        errands = self.app.events.gathering
        self.app.quick.pool, self.app.questions.pool, errands.threads = (self.pool() for _ in range(3))
        self.errands = errands.threads
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.server = uvicorn.Server(uvicorn.Config(self.app, log_config=None, **Worker.CONFIG_KWARGS))
        self.thread = threading.Thread(target=self.run, daemon=True)

    def pool(self) -> ThreadPoolExecutor:
        """One thread, which sees the database inside of the test's transaction."""
        shared = connections["default"]
        shared.inc_thread_sharing()
        return ThreadPoolExecutor(1, initializer=connections.__setitem__, initargs=("default", shared))

    def run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self.server.serve(sockets=[self.socket]))

    def start(self) -> "Loop":
        self.thread.start()
        until(lambda: self.server.started, what="the event loop")
        return self

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)

    def client(self, headers: dict[str, str] | None = None) -> "Wire":
        return Wire(self, headers or {})

    def forget(self) -> None:
        """The clients of the last moment: the test before may have ended just now."""
        self.app.events.admission.known.clear()
        self.app.events.heads.known.clear()


class AtOnce:
    """The same where nothing has to be looked up, so that requests are taken without a task of their own."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop

    def client(self, headers: dict[str, str] | None = None) -> "Wire":
        return Wire(self.loop, headers or {}, is_known=True)


def make_known(headers: dict[str, str]) -> None:
    """What a process remembers of a client that sent something before."""
    with suppress(redis.RedisError):
        devices.cache.get(stream.store(), now_ms())
    client = directory.find_client(headers.get("event-lens-client-id", ""))
    if client:
        directory.find_project(client.project_id)
        directory.has_secret(client, headers.get("event-lens-client-secret", ""))


class Wire:
    """Requests over a socket, in the words of Django's test client."""

    def __init__(self, loop: Loop, headers: dict[str, str], is_known: bool = False) -> None:
        self.loop, self.headers, self.is_known = loop, headers, is_known

    def post(
        self, path: str, content: Any, content_type: str = "", headers: dict[str, str] | None = None
    ) -> "Answer":
        return self.send("POST", path, content, {"content-type": content_type, **(headers or {})})

    def get(self, path: str, headers: dict[str, str] | None = None) -> "Answer":
        return self.send("GET", path, None, headers or {})

    def put(self, path: str) -> "Answer":
        return self.send("PUT", path, None, {})

    def patch(self, path: str) -> "Answer":
        return self.send("PATCH", path, None, {})

    def delete(self, path: str) -> "Answer":
        return self.send("DELETE", path, None, {})

    def options(self, path: str, headers: dict[str, str] | None = None) -> "Answer":
        return self.send("OPTIONS", path, None, headers or {})

    def send(self, method: str, path: str, content: Any, headers: dict[str, str]) -> "Answer":
        if self.is_known:
            make_known(self.headers | headers)
        connection = http.client.HTTPConnection("127.0.0.1", self.loop.port, timeout=30)
        try:
            connection.request(method, path, content, {**self.headers, **headers})
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        self.loop.errands.submit(int).result()  # what the request left to be done is done by now
        return answer


class Answer:
    """What tests ask of an answer."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status_code, self.headers, self.content = response.status, response.headers, response.read()

    def __getitem__(self, name: str) -> str:
        return self.headers[name]

    def json(self) -> Any:
        return json.loads(self.content)


Door = Views | Loop | AtOnce
Http = Client | Wire
