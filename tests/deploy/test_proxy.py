"""deploy/nginx: what the public door lets through, with a real nginx before a server that tells what it got."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.deploy.proxies import nginx
from tests.servers import free_port


class Echo(BaseHTTPRequestHandler):
    """Answers 404 with the request as JSON: a web server's own 404 must pass as it is."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = json.dumps({"path": self.path, "headers": headers, "size": len(body)}).encode()
        self.send_response(404)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test reads the answers."""


@pytest.fixture(scope="module")
def echo() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def door(echo: int) -> Iterator[httpx.Client]:
    with nginx(echo) as url, httpx.Client(base_url=url, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def door_to_nowhere() -> Iterator[httpx.Client]:
    with nginx(free_port()) as url, httpx.Client(base_url=url, timeout=10) as client:
        yield client


def test_the_path_and_the_body_pass_unchanged(door: httpx.Client) -> None:
    told = door.post("/api/v1/analytics/track?a=%2F", content=b"x" * 100_000).json()

    assert (told["path"], told["size"]) == ("/api/v1/analytics/track?a=%2F", 100_000)


def test_the_keys_and_the_host_pass(door: httpx.Client) -> None:
    sent = {"event-lens-client-id": "c", "event-lens-client-secret": "s", "Host": "analytics.example.com"}

    headers = door.get("/api/v1/analytics/live", headers=sent).json()["headers"]

    assert headers["event-lens-client-id"] == "c"
    assert headers["event-lens-client-secret"] == "s"
    assert headers["host"] == "analytics.example.com"


def test_an_address_that_a_visitor_claims_is_replaced_by_the_real_one(door: httpx.Client) -> None:
    claims = {
        "X-Forwarded-For": "203.0.113.1",
        "X-Client-IP": "203.0.113.2",
        "X-Real-IP": "203.0.113.3",
        "Forwarded": "for=203.0.113.4",
    }

    headers = door.get("/api/v1/analytics/health", headers=claims).json()["headers"]

    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert {"x-client-ip", "x-real-ip", "forwarded"} & set(headers) == set()


def test_a_back_end_with_a_secret_may_name_its_user_s_address(door: httpx.Client) -> None:
    for prefix in ("event-lens", "openpanel"):
        sent = {f"{prefix}-client-id": "c", f"{prefix}-client-secret": "s", "X-Client-IP": "203.0.113.2"}

        assert door.get("/api/v1/analytics/health", headers=sent).json()["headers"]["x-client-ip"] == "203.0.113.2"


@pytest.mark.parametrize(
    "keys",
    [
        {"event-lens-client-id": "c"},
        {"event-lens-client-id": "c", "openpanel-client-secret": "s"},
        {"event-lens-client-id": "c", "openpanel-client-id": "c", "openpanel-client-secret": "s"},
        {"openpanel-client-id": "c", "event-lens-client-secret": "s"},
        {"event-lens-client-secret": "s"},
        {"openpanel-client-secret": "s"},
    ],
)
def test_a_secret_that_event_lens_would_not_look_at_names_nothing(door: httpx.Client, keys: dict[str, str]) -> None:
    headers = door.get("/api/v1/analytics/health", headers={**keys, "X-Client-IP": "203.0.113.2"}).json()["headers"]

    assert "x-client-ip" not in headers


@pytest.mark.parametrize("path", ["/", "/admin/", "/track", "/api/v1/other", "/api/v1/analytics/metrics"])
def test_anything_else_is_a_404_of_our_shape(door: httpx.Client, path: str) -> None:
    refused = door.get(path)

    assert refused.status_code == 404
    assert set(refused.json()) == {"error", "message", "details"}


def test_metrics_of_a_project_pass(door: httpx.Client) -> None:
    told = door.get("/api/v1/analytics/insights/demo/metrics").json()

    assert told["path"] == "/api/v1/analytics/insights/demo/metrics"


def test_an_error_of_the_web_server_passes_as_it_is(door: httpx.Client) -> None:
    answer = door.get("/api/v1/analytics/nothing")

    assert (answer.status_code, answer.json()["path"]) == (404, "/api/v1/analytics/nothing")


def test_a_body_over_the_limit_is_a_413_of_our_shape(door: httpx.Client) -> None:
    refused = door.post("/api/v1/analytics/track/batch", content=b"x" * (6 * 1024 * 1024 + 1))

    assert refused.status_code == 413
    assert set(refused.json()) == {"error", "message", "details"}


def test_an_unreachable_web_server_is_a_503_that_says_when_to_come_back(door_to_nowhere: httpx.Client) -> None:
    refused = door_to_nowhere.post("/api/v1/analytics/track", content=b"{}")

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert refused.json()["error"] == "Service Unavailable"
