"""The body of a request from the event loop: read as it comes, never more than allowed."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Reply = Callable[[int, list[tuple[bytes, bytes]], bytes], None]  # a whole answer: status, headers, content


class Gone(Exception):
    """The client closed the connection before its request was complete."""


async def read_body(receive: Receive, most: int) -> bytes:
    """The whole body, or a little more than `most` bytes of one that is too large; raises Gone."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        return body
    parts, size = [], 0
    while message["type"] == "http.request":
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most or not message.get("more_body"):
            return b"".join(parts)
        message = await receive()
    raise Gone
