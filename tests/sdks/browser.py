"""A web site on a port of its own, and a headless Chromium that opens it."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.sdks.published import MODULES, PAGE
from tests.servers import Server

TYPES = {".js": "text/javascript", ".html": "text/html; charset=utf-8"}
# Headless, Chromium says so in its user agent and would be counted among the bots.
VISITOR = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--disable-dev-shm-usage",
]


class Site:
    """Serves `texts` by path, the SDKs under /modules/, and a page with them at every other path.

    The page sends what it saw to /report.
    """

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.reports: queue.Queue[Any] = queue.Queue()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                kind, body = site.found(path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(body or b"")

            def do_POST(self) -> None:
                site.reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """The tests tell what matters."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://localhost:{self.server.server_port}"

    def found(self, path: str) -> tuple[str, bytes | None]:
        if path in self.texts:
            return TYPES[Path(path).suffix or ".html"], self.texts[path].encode()
        if path.startswith("/modules/"):
            file = MODULES / path.removeprefix("/modules/")
            return TYPES[file.suffix], file.read_bytes()
        if Path(path).suffix:
            return "text/plain", None
        return TYPES[".html"], (PAGE / "index.html").read_bytes()

    def __enter__(self) -> "Site":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def report(self, browser: Server) -> Any:
        """What the page says it saw; the browser's log, with the page's console, if it says nothing."""
        try:
            return self.reports.get(timeout=45)
        except queue.Empty:
            raise AssertionError(f"No report from the page. {browser.tail()}") from None


@contextmanager
def chromium(url: str, *flags: str) -> Iterator[Server]:
    """A browser with a profile of its own that has opened the page; like a person's, unless it gets other flags."""
    browser = Server("chromium", [])
    browser.command = [
        "chromium",
        *FLAGS,
        *(flags or (f"--user-agent={VISITOR}",)),
        f"--user-data-dir={browser.folder}/profile",
        url,
    ]
    try:
        yield browser.start()
    finally:
        browser.remove()
