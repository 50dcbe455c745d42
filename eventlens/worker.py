"""gunicorn's worker: uvicorn's event loop and parser, with an end for requests that never end."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn_worker import UvicornWorker

from eventlens import server_answers

REQUEST_SECONDS = 30.0  # from a request's first byte to its last; a new connection may be silent as long
LOOK_EVERY_SECONDS = 5.0
HEAD_BYTES = 64 * 1024  # of address and headers together


class Protocol(HttpToolsProtocol):
    """One connection; it knows since when its client has owed us the rest of a request."""

    owing_since: float | None = None
    head_bytes: int | None = None  # while the head is not complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self.owing_since = self.loop.time()
        self.loop.call_later(REQUEST_SECONDS, self.look)

    def look(self) -> None:
        """One timer a connection, not one a request."""
        if self.transport.is_closing():
            return
        if self.owing_since is not None and self.loop.time() - self.owing_since >= REQUEST_SECONDS:
            self.transport.close()
            return
        self.loop.call_later(LOOK_EVERY_SECONDS, self.look)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.head_bytes is not None:
            self.head_bytes += len(data)
            if self.head_bytes > HEAD_BYTES:
                self.refuse(431)

    def on_message_begin(self) -> None:
        self.owing_since, self.head_bytes = self.loop.time(), 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.head_bytes = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.owing_since = None
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self.refuse(400)

    def refuse(self, status: int) -> None:
        """What cannot be read is answered in our shape, and ends the connection."""
        self.head_bytes = None
        self.transport.write(server_answers.answer(status))
        self.transport.close()


class Worker(UvicornWorker):  # type: ignore[misc]  # it comes without types
    """A proxy's headers are read by analytics.addresses alone; uvicorn must not replace the peer by them."""

    CONFIG_KWARGS: dict[str, Any] = {
        "loop": "uvloop",
        "http": Protocol,
        "ws": "none",
        "lifespan": "on",
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
    }
