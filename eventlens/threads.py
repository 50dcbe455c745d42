"""Django's views for an event loop: each request in a thread of a bounded pool, its answer sent as it is made."""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from eventlens.api import Unavailable, headers_of, refusal_body
from eventlens.bodies import Gone, Receive, Send, held, read_body
from eventlens.clickhouse.asking import Asker, on_behalf_of
from eventlens.environ import Meta, Scope, asgi_headers, environ_of, meta_of

STALLED_SECONDS = 60
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Threads:
    """A WSGI application as an ASGI one.

    Django's own ASGI handler would run all views of a process one after the other in a single thread, so that one
    slow question kept everybody waiting.
    """

    def __init__(
        self, wsgi: Wsgi, threads: int, most_bytes: int, name: str, *, ends_for_leavers: bool = False
    ) -> None:
        """`ends_for_leavers`: what ClickHouse does for a client that has left is ended."""
        self.wsgi, self.most_bytes, self.ends_for_leavers = wsgi, most_bytes, ends_for_leavers
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        meta = meta_of(scope)
        try:
            body = b"" if self.is_too_large(meta) else await read_body(receive, self.most_bytes)
        except Gone:
            return
        except Unavailable as refused:
            await send_refusal(send, refused)
            return
        with held.keeping(len(body)):
            await self.answer(scope, meta, body, receive, send)

    def is_too_large(self, meta: Meta) -> bool:
        """By its own word; Django says so to the client without seeing more of it."""
        length = meta.get("CONTENT_LENGTH", "0")
        return length.isdigit() and int(length) > self.most_bytes

    async def answer(self, scope: Scope, meta: Meta, body: bytes, receive: Receive, send: Send) -> None:
        """The same for a body that somebody has read already."""
        environ = environ_of(scope, meta)
        if not self.is_too_large(meta):
            environ["CONTENT_LENGTH"] = str(len(body))
        environ |= {"wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr}
        loop = asyncio.get_running_loop()
        answer = Answer(loop, receive, send)
        if self.ends_for_leavers:
            answer.look_out()
        try:
            await loop.run_in_executor(self.pool, answer.run, self.wsgi, environ)
        finally:
            answer.over()

    def close(self) -> None:
        self.pool.shutdown()


class Answer:
    """One answer on its way from a thread to the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Receive, send: Send) -> None:
        self.loop, self.receive, self.send = loop, receive, send
        self.start: dict[str, Any] = {}
        self.watch: asyncio.Future[Any] | None = None
        self.asker = Asker()

    def look_out(self) -> None:
        """After a whole body the next message is that the client is gone."""
        self.watch = asyncio.ensure_future(self.receive())
        self.watch.add_done_callback(self.noticed)

    def noticed(self, watch: asyncio.Future[Any]) -> None:
        if not watch.cancelled() and not watch.exception() and watch.result()["type"] == "http.disconnect":
            self.asker.leave()

    def over(self) -> None:
        if self.watch:
            self.watch.cancel()

    def run(self, wsgi: Wsgi, environ: dict[str, Any]) -> None:
        with on_behalf_of(self.asker):
            self.work(wsgi, environ)

    def work(self, wsgi: Wsgi, environ: dict[str, Any]) -> None:
        chunks = wsgi(environ, self.started)
        try:
            self.push(chunks)
        except Gone:
            pass
        finally:
            # Django counts a request as finished here, and then writes down when a client was last used.
            if close := getattr(chunks, "close", None):
                close()

    def started(self, status: str, headers: Iterable[tuple[str, str]], exc_info: Any = None) -> None:
        self.start = {
            "type": "http.response.start", "status": int(status[:3]), "headers": asgi_headers(headers)
        }  # fmt: skip

    def push(self, chunks: Iterable[bytes]) -> None:
        """One chunk is held back, so that most answers are sent in one go; each waits until the socket took it."""
        parts = iter(chunks)
        held = next(parts, b"")
        opening = [self.start]
        for part in parts:
            self.wait_for(self.pass_on([*opening, chunk_of(held, True)]))
            opening, held = [], part
        self.wait_for(self.pass_on([*opening, chunk_of(held, False)]))

    def wait_for(self, sending: Any) -> None:
        """Raises Gone for a client that has stopped to read: it would keep the thread for ever."""
        sent = asyncio.run_coroutine_threadsafe(sending, self.loop)
        try:
            sent.result(STALLED_SECONDS)
        except TimeoutError:
            sent.cancel()
            raise Gone from None

    async def pass_on(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            await self.send(message)
        if not messages[-1]["more_body"]:
            return
        if self.watch is None:
            self.watch = asyncio.ensure_future(self.receive())
        if self.watch.done():
            raise Gone


async def send_refusal(send: Send, refused: Unavailable) -> None:
    content = msgspec.json.encode(refusal_body(refused))
    told = {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers_of(refused)}
    await send({"type": "http.response.start", "status": refused.status_code, "headers": asgi_headers(told.items())})
    await send(chunk_of(content, False))


def chunk_of(body: bytes, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}
