"""A proxy between an SDK and the product that writes down what it saw and can fail as networks and servers do."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

LOST = 0  # the product gets the request, the SDK no answer
PASSED_ON = frozenset({"content-type", "user-agent", "origin"})


@dataclass(frozen=True)
class Seen:
    """One request, and the product's answer or the failure's status."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int


class Gateway:
    """Fails the next requests as `failures` says, one each, and passes on all others."""

    def __init__(self, target: str, failures: list[int] | None = None) -> None:
        self.target, self.failures = target, failures or []
        self.seen: list[Seen] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                gateway.handle(self)

            def do_POST(self) -> None:
                gateway.handle(self)

            def log_message(self, *_: object) -> None:
                """`seen` tells it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        failure = self.failures.pop(0) if self.failures else None
        status, text = (failure, b"not now") if failure else self.passed_on(request, body)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(request.command, request.path, headers, json.loads(body or b"null"), status))
        if failure == LOST:
            request.close_connection = True
            return
        request.send_response(status)
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)

    def passed_on(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() in PASSED_ON or name.lower().startswith("openpanel-")
        }
        with httpx.Client(verify=False, timeout=20) as http:  # reading the system's certificates takes longer
            answer = http.request(request.command, self.target + request.path, headers=headers, content=body)
        return answer.status_code, answer.content

    def __enter__(self) -> "Gateway":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
