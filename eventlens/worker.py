"""gunicorn's worker: uvicorn's event loop and parser, with an end for requests that never end."""

import asyncio
import logging
from functools import lru_cache, partial
from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn_worker import UvicornWorker

from eventlens import server_answers
from eventlens.environ import lines_of
from eventlens.limits import limits

logger = logging.getLogger(__name__)

REQUEST_SECONDS = 30.0  # from a request's first byte to its last; a new connection may be silent as long
LOOK_EVERY_SECONDS = 5.0
TURN_AWAY_SECONDS = 2.0  # that one connection too many has to say something, so that it is told why it ends
HEAD_BYTES = 64 * 1024  # of address and headers together


class Protocol(HttpToolsProtocol):
    """One connection; it knows since when its client has owed us the rest of a request.

    A small POST is shown to the application's `at_once(scope, body, reply)` as soon as it is there as a whole. What
    that takes is answered without a task, messages and a second look at headers that are our own, which is a third of
    a small request's time; what it leaves goes the usual way.
    """

    owing_since: float | None = None
    silent_since: float | None = None  # since its last answer
    next_look: asyncio.TimerHandle | None = None
    head_bytes: int | None = None  # while the head is not complete
    has_ended_another = False  # in the same piece of data, most of which may be that one's body
    is_one_too_many: bool = False
    coming: RequestResponseCycle | None = None  # a request that at_once will see when its body is complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        if len(self.connections) > limits().web_connections:
            self.is_one_too_many = True
            self.loop.call_later(TURN_AWAY_SECONDS, transport.close)
            return
        self.owing_since = self.loop.time()
        self.next_look = self.loop.call_later(REQUEST_SECONDS, self.look)

    def connection_lost(self, exc: Exception | None) -> None:
        """The timer would keep all of it in memory: half a gigabyte where a thousand connections a second come."""
        if self.next_look is not None:
            self.next_look.cancel()
        super().connection_lost(exc)

    def look(self) -> None:
        """One timer a connection, not two a request."""
        if self.transport.is_closing():
            return
        now = self.loop.time()
        is_late = self.owing_since is not None and now - self.owing_since >= REQUEST_SECONDS
        is_idle = self.silent_since is not None and now - self.silent_since >= self.timeout_keep_alive
        if is_late or is_idle:
            self.transport.close()
            return
        self.next_look = self.loop.call_later(LOOK_EVERY_SECONDS, self.look)

    def data_received(self, data: bytes) -> None:
        if self.is_one_too_many:
            self.refuse(503)
            return
        self.has_ended_another = False
        super().data_received(data)
        if self.head_bytes is not None and not self.has_ended_another:
            self.head_bytes += len(data)
            if self.head_bytes > HEAD_BYTES:
                self.refuse(431)

    def on_message_begin(self) -> None:
        self.owing_since, self.silent_since, self.head_bytes = self.loop.time(), None, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        # Once more, for the answer before may have been given while this head was coming.
        self.head_bytes = self.silent_since = None
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if not self.may_be_taken(cycle, app):
            super()._start_asgi_task(cycle, app)
        elif cycle.more_body:
            self.coming = cycle
        else:
            # It waited behind the request whose `reply` has led here: hundreds of such would fill the stack.
            self.loop.call_soon(self.take, cycle)

    def may_be_taken(self, cycle: RequestResponseCycle, app: Any) -> bool:
        return (
            cycle.scope["method"] == "POST"
            and not cycle.waiting_for_100_continue
            and not self.flow.write_paused
            and app is self.app  # and not the refusal of one connection too many
            and hasattr(app, "at_once")
            and 0 <= length_of(cycle.scope) <= min(HIGH_WATER_LIMIT, limits().max_body_bytes)
        )

    def on_message_complete(self) -> None:
        self.owing_since, self.has_ended_another = None, True
        super().on_message_complete()
        if self.coming is not None:
            cycle, self.coming = self.coming, None
            self.take(cycle)

    def take(self, cycle: RequestResponseCycle) -> None:
        app: Any = self.app
        try:
            is_taken = app.at_once(cycle.scope, bytes(cycle.body), partial(self.reply, cycle))
        except Exception:
            # Let through, it would be taken for a mistake of the sender's.
            logger.exception("A request could not be looked at; it goes the usual way")
            is_taken = False
        if not is_taken:
            super()._start_asgi_task(cycle, app)

    def reply(self, cycle: RequestResponseCycle, status: int, head: bytes, content: bytes) -> None:
        """A whole answer, as the cycle's own `send` would leave things behind it."""
        if cycle.disconnected or self.transport.is_closing():
            return
        usual = usual_lines(tuple(self.server_state.default_headers))
        end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        cycle.response_started = cycle.response_complete = True
        self.transport.write(b"".join((STATUS_LINE[status], usual, head, end, content)))
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()

    def on_response_complete(self) -> None:
        """Without a timer of its own for a connection that nobody uses: `look` sees it."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self.silent_since = self.loop.time()

    def send_400_response(self, msg: str) -> None:
        self.refuse(400)

    def refuse(self, status: int) -> None:
        """What cannot be read is answered in our shape, and ends the connection."""
        self.head_bytes = None
        self.transport.write(server_answers.answer(status))
        self.transport.close()


@lru_cache(maxsize=2)  # they change once a second
def usual_lines(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    return lines_of(headers)


def length_of(scope: Any) -> int:
    """By its own word, which the parser holds it to; -1 for chunks, whose number nobody knows."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value)
    return -1


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
