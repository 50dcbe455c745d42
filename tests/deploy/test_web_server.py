"""The web server as it is deployed: gunicorn's settings, its worker, and what a stop does to requests in hand."""

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests import servers
from tests.embedded.running import ROOT, own_environment
from tests.product import Product

BODY = b'{"type":"track","payload":{"name":"open","eventId":"e1"}}'


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """Redis and a database; the web server is started by the tests."""
    product = Product(EVENTLENS_WEB_WORKERS="1")
    product.up("redis")
    product.manage("migrate", "--verbosity", "0")
    product.client = product.new_client("demo", "write", "--create-project")
    yield product
    product.stop()


@pytest.fixture
def web(product: Product) -> Iterator[Product]:
    product.up("web")
    servers.until(lambda: ask(product, "GET", "/health")[0] == 200, what="the web server")
    yield product
    product.parts["web"].stop()


def ask(product: Product, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=20)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"null")
    finally:
        connection.close()


def test_events_health_and_errors_are_answered(web: Product) -> None:
    keys = web.headers(web.client)

    status, answer = ask(web, "POST", "/api/v1/analytics/track", BODY, **keys)

    assert (status, answer["eventId"]) == (200, "e1")
    assert ask(web, "GET", "/track/device-id", **keys)[0] == 200
    assert ask(web, "DELETE", "/track", **keys)[0] == 405
    assert ask(web, "GET", "/nowhere")[1]["error"] == "Not Found"


def test_a_stop_waits_for_the_request_in_hand(web: Product) -> None:
    process = web.parts["web"].process
    assert process is not None
    fields = {"host": "localhost", **web.headers(web.client), "content-length": str(len(BODY))}
    head = "\r\n".join(["POST /track HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""])
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as wire:
        wire.sendall(head.encode() + BODY[:10])
        ask(web, "GET", "/health")  # by now the half request has been read

        process.terminate()
        servers.until(lambda: not accepts(web.port), what="the end of new connections")
        wire.sendall(BODY[10:])
        response = http.client.HTTPResponse(wire)
        response.begin()

        assert (response.status, json.loads(response.read())["success"]) == (200, True)
    process.wait(20)


def accepts(port: int) -> bool:
    try:
        return servers.listens(port)
    except OSError:
        return False


def test_a_process_that_takes_events_is_small(web: Product) -> None:
    process = web.parts["web"].process
    assert process is not None
    keys = web.headers(web.client)
    batch = b'{"events":[' + b",".join([BODY.replace(b',"eventId":"e1"', b"")] * 1000) + b"]}"

    for _ in range(20):
        assert ask(web, "POST", "/track/batch", batch, **keys)[0] == 200

    [worker] = [one for one in psutil.Process(process.pid).children(recursive=True) if not one.children()]
    assert worker.memory_info().rss < 150 * 2**20


def test_the_web_server_may_open_a_file_for_each_connection(tmp_path: Path) -> None:
    lines = [
        "import resource, runpy",
        "most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]",
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))",
        "runpy.run_path('deploy/gunicorn.conf.py')['allow_connections'](None)",
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])",
    ]
    environment = own_environment(EVENTLENS_WEB_CONNECTIONS="1000", EVENTLENS_DATA_DIR=str(tmp_path))

    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], env=environment, cwd=ROOT, capture_output=True)

    assert int(done.stdout) == 1200, done.stderr
