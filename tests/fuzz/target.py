"""The running product under fire: every answer is judged, and every event that was taken is remembered."""

import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx
import requests
import schemathesis
from schemathesis import Response, checks

from tests.product import Product

SECONDS = 5.0
SHAPE = {"error", "message", "details"}
REFUSALS = {400, 401, 403, 404, 405, 413, 414, 415, 417, 429, 431}
ALL_TIME = {"startDate": "1970-01-01", "endDate": "2199-12-31"}
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


class Target:
    """`tally` counts answers by route and status; `taken` the events that a 200 promised to count."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.http = httpx.Client(base_url=product.url, headers=product.http.headers, timeout=60)
        self.session = requests.Session()
        self.tally: Counter[tuple[str, int]] = Counter()
        self.taken = 0
        self.slowest = 0.0

    def warm(self) -> None:
        """Each process imports its routes with its first request, which is no hang."""
        lonely = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(verify=False, limits=lonely, headers=self.product.http.headers, timeout=60) as http:
            for _ in range(20):
                for path in ("/ready", "/insights/demo/metrics"):
                    http.get(f"{self.product.url}{path}")

    def send(
        self, method: str, path: str, content: bytes | None = None, *, in_chunks: bool = False, **request: Any
    ) -> httpx.Response:
        """One request, judged."""
        sent = iter([content[:9], content[9:]]) if in_chunks and content else content
        begun = time.monotonic()
        answer = self.http.request(method, path, content=sent, **request)
        self.judge(method, path, answer.status_code, answer.content, time.monotonic() - begun)
        if answer.status_code == 200 and content and "/track" in path:
            self.taken += events_in(plain(content, answer.request.headers), answer.json())
        return answer

    def call(self, case: schemathesis.Case) -> Response:
        """One request that schemathesis made up, judged by it and by us."""
        answer = case.call(base_url=self.product.url, session=self.session, headers=dict(self.product.http.headers))
        self.judge(case.method, case.path, answer.status_code, answer.content, answer.elapsed)
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code == 200 and case.path in {"/track", "/track/batch"}:
            self.taken += events_in(plain(answer.request.body, answer.request.headers), answer.json())
        return answer

    def judge(self, method: str, path: str, status: int, body: bytes, seconds: float) -> None:
        """Fails for an answer that nobody should get."""
        self.tally[f"{method} {route(path)}", status] += 1
        self.slowest = max(self.slowest, seconds)
        assert seconds < SECONDS, f"{method} {path}: {seconds:.1f} s"
        assert status in REFUSALS | {200, 201, 202, 204, 304}, f"{method} {path}: {status} {body[:500]!r}"
        if status >= 400:
            refusal = json.loads(body)
            assert set(refusal) == SHAPE, refusal
            assert refusal["message"]
            assert all(set(problem) == {"field", "message"} for problem in refusal["details"]), refusal

    def requests(self) -> int:
        return sum(self.tally.values())

    def stored(self) -> int:
        """How many events the product counts, people's and bots', of all time."""
        bots = self.product.http.get("/insights/demo/bots", params={**ALL_TIME, "by": "os", "limit": 10_000})
        return int(self.product.metrics(**ALL_TIME)["totalEvents"]) + sum(row["count"] for row in bots.json())

    def report(self) -> str:
        lines = [f"{count:7} {status} {name}" for (name, status), count in sorted(self.tally.items())]
        return "\n".join([*lines, f"{self.requests():7} requests, the slowest took {self.slowest:.2f} s"])


def route(path: str) -> str:
    """The route of a path, without what was made up in it."""
    path = path.partition("?")[0].removeprefix("/api/v1/analytics")
    known = re.fullmatch(r"/(insights|filters)/[^/]*/(profiles(?=/)|[a-z-]+)(/.*)?", path)
    if known:
        return f"/{known[1]}/:project/{known[2]}" + ("/:id" if known[3] else "")
    return path if re.fullmatch(r"/[a-z./-]{0,20}", path) else "/…"


def events_in(body: bytes, answer: dict[str, Any]) -> int:
    said = json.loads(body.removeprefix(b"\xef\xbb\xbf"))
    if "processed" not in answer:
        return int(said["type"] == "track" and not answer.get("duplicate", False))
    gone = {one["index"] for one in answer["rejected"]} | set(answer.get("duplicates", []))
    return sum(one["type"] == "track" for index, one in enumerate(said["events"]) if index not in gone)


def plain(body: bytes, headers: Mapping[str, str]) -> bytes:
    if headers.get("content-encoding", "").strip().lower() != "gzip":
        return body
    return gzip.decompress(body)
