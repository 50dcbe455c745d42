"""Requests below HTTP libraries: what a socket can be sent that no client would write."""

import socket
import time

from hypothesis import strategies as st

SECONDS = 5.0
BODY = b'{"type": "replay", "payload": {}}'
SIZES = st.sampled_from(
    [b"0", b"-1", b"+33", b"1e3", b"33 ", b"0x21", b"99999999999999999999", b"33, 33", b"", b"\xb2", b"20", b"40"]
)
CHUNKS = st.sampled_from(
    [
        *(b"21\r\n%s\r\n0\r\n\r\n" % BODY, b"21;a=b\r\n%s\r\n0\r\nX: y\r\n\r\n" % BODY, b"0\r\n\r\n", b"", b"21\r\n"),
        *(
            b"zz\r\n%s\r\n0\r\n\r\n" % BODY,
            b"-1\r\n",
            b"FFFFFFFFFFFFFFFFF\r\nx",
            b"21\r\n%s0\r\n\r\n" % BODY,
            b"5\r\nab",
        ),
        *(b"1\r\n{\r\n" * 40, b"21\n%s\n0\n\n" % BODY, b"100000\r\n" + b"x" * 0x100000 + b"\r\n" + b"0\r\n\r\n"),
    ]
)
LINES = st.sampled_from(
    [
        *(
            b"POST /track HTTP/1.1",
            b"POST /track HTTP/1.0",
            b"GET /health HTTP/9.9",
            b"POST /track",
            b"",
            b"\0",
            b"GET  / ",
        ),
        *(
            b"POST http://a.example/track HTTP/1.1",
            b"POST /track#x HTTP/1.1",
            b"OPTIONS * HTTP/1.1",
            b"TRACE / HTTP/1.1",
        ),
        *(
            b"GET /%ff%00%zz HTTP/1.1",
            b"GET /\xff\xfe HTTP/1.1",
            b"GET /insights/%2e%2e/metrics HTTP/1.1",
            b"get /health HTTP/1.1",
        ),
        *(b"GET /" + b"a" * 9000 + b" HTTP/1.1", b"GET /health?" + b"a=b&" * 1500 + b" HTTP/1.1", b"PRI * HTTP/2.0"),
        *(b"GET /insights/demo/metrics?startDate=%ff&a=%00 HTTP/1.1", b"CONNECT a.example:443 HTTP/1.1"),
    ]
)
FIELDS = st.lists(
    st.sampled_from(
        [
            *(
                b"Host: a.example",
                b"Host:",
                b"Host: a\r\nHost: b",
                b"X y: z",
                b"X\0: y",
                b"X: \0",
                b" folded: x",
                b"no colon",
            ),
            *(b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked, identity", b"Transfer-Encoding: \x0bchunked"),
            *(
                b"Content-Type: \xff\xfe",
                b"X: " + b"y" * 9000,
                b"Expect: 100-continue",
                b"Connection: upgrade\r\nUpgrade: h2c",
            ),
            *(
                b"Event_Lens_Client_Id: x",
                b"event-lens-client-id: \xe9",
                b": x",
                b"X: y\rZ: w",
                b"Content-Encoding: gzip",
            ),
        ]
    ),
    max_size=4,
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A request line, headers, and a body that may not be what the headers say of it."""
    line, fields = draw(LINES), draw(FIELDS)
    if draw(st.booleans()):
        fields, body = [*fields, b"Transfer-Encoding: chunked"], draw(CHUNKS)
    else:
        fields, body = [*fields, b"Content-Length: " + draw(SIZES)], BODY
    if draw(st.booleans()):
        line, fields = b"POST /track HTTP/1.1", [b"Host: a.example", *fields[-1:]]
    return b"\r\n".join([line, *fields, b"", body])


def exchange(port: int, request: bytes, credentials: list[bytes]) -> tuple[bytes, float]:
    """All that the server says, and how long that took; nothing more is sent after the request."""
    head, _, body = request.partition(b"\r\n")
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as wire:
        said = b""
        try:
            wire.sendall(b"\r\n".join([head, *credentials, body]))
            wire.shutdown(socket.SHUT_WR)
            while part := wire.recv(65536):
                said += part
        except TimeoutError:
            raise
        except OSError:  # the server may hang up at any moment
            pass
    return said, time.monotonic() - begun
