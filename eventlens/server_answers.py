"""What the web server itself answers to a request that it cannot read: the one error shape."""

from http import HTTPStatus

import msgspec

from eventlens.api import error_body

MESSAGES = {
    400: "The request is not valid HTTP: check its first line, its headers, its length and its chunks.",
    503: "This web process has as many connections as it may have; connect again later.",
    431: "The address or the headers are too long; send a question's parameters by POST, as a JSON object.",
}


def answer(status: int) -> bytes:
    """The whole answer; the connection ends with it."""
    body = msgspec.json.encode(error_body(status, MESSAGES[status]))
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    if status == 503:
        lines.append("Retry-After: 5")
    return "\r\n".join([*lines, "", ""]).encode() + body
