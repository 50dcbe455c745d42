"""The body of a request from the event loop: read as it comes, never more than allowed."""

from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from eventlens.api import Unavailable
from eventlens.limits import limits

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Reply = Callable[[int, bytes, bytes], None]  # a whole answer: status, the lines of its headers, content


class Held:
    """The bytes of all bodies that are still coming to this process, or wait in it for a thread.

    Neither who dawdles nor who sends much at the same moment may fill its memory.
    """

    def __init__(self) -> None:
        self.bytes = 0

    @contextmanager
    def keeping(self, size: int) -> Iterator[None]:
        self.bytes += size
        try:
            yield
        finally:
            self.bytes -= size

    def check(self) -> None:
        """Raises Unavailable; a body as large as any may be is let in where nobody else sends one."""
        if self.bytes > max(limits().web_body_bytes, limits().max_body_bytes):
            raise Unavailable("Too many large requests come in at the same moment; send it again later.")


held = Held()


class Gone(Exception):
    """The client closed the connection before its request was complete."""


async def read_body(receive: Receive, most: int) -> bytes:
    """The whole body, or a little more than `most` bytes of one that is too large; raises Gone and Unavailable."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        return body
    parts, size = [], 0
    try:
        while message["type"] == "http.request":
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            held.bytes += len(parts[-1])
            if size > most or not message.get("more_body"):
                return b"".join(parts)
            held.check()
            message = await receive()
        raise Gone
    finally:
        held.bytes -= size
