"""Answers that are kept, with two web processes: what one has told, the other never takes back."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psutil
import pytest

from tests.product import Product
from tests.servers import until

DAY = datetime.now(UTC) - timedelta(days=3)
CLOSED = {"startDate": f"{DAY:%Y-%m-%d}", "endDate": f"{DAY:%Y-%m-%d}", "timezone": "UTC"}
MOST_CONNECTIONS = 60


@pytest.fixture
def by_process(product: Product) -> Iterator[list[httpx.Client]]:
    """A connection to each of the two web processes."""
    web = product.parts["web"].process
    assert web is not None
    found: dict[int, httpx.Client] = {}
    with ExitStack() as stack:
        for _ in range(MOST_CONNECTIONS):
            headers = product.headers(product.client)
            one = httpx.Client(verify=False, base_url=product.url, headers=headers, timeout=60)
            client = stack.enter_context(one)
            found.setdefault(process_of(client, web.pid), client)
            if len(found) == 2:
                break
        assert len(found) == 2
        yield list(found.values())


def process_of(client: httpx.Client, web: int) -> int:
    """Which process has the other end of the client's connection."""
    with client.stream("GET", "/health") as answer:
        port = answer.extensions["network_stream"].get_extra_info("client_addr")[1]
        answer.read()
    workers = psutil.Process(web).children(recursive=True)
    [pid] = [one.pid for one in workers if any(end.raddr and end.raddr.port == port for end in one.net_connections())]
    return int(pid)


def test_both_processes_keep_answers_and_neither_falls_behind_the_other(
    product: Product, by_process: list[httpx.Client]
) -> None:
    first, second = by_process
    count = visitors(first)

    for number in range(12):
        payload = {"name": "page_view", "deviceId": f"late-{time.time_ns()}", "timestamp": DAY.isoformat()}
        assert first.post("/track", json={"type": "track", "payload": payload}).status_code == 200
        teller, other = (first, second) if number % 2 else (second, first)
        count += 1
        until(lambda: visitors(teller) == count, 60, f"{count} visitors")  # noqa: B023 - ends before the next round

        assert visitors(other) == count

    until(lambda: metrics(first)["totalSessions"] == count, 30, "their sessions, which come a second after them")
    tags = {client.get("/insights/demo/metrics", params=CLOSED).headers["etag"] for client in by_process}
    assert len(tags) == 1


def visitors(client: httpx.Client) -> int:
    return int(metrics(client)["uniqueVisitors"])


def metrics(client: httpx.Client) -> Any:
    answer = client.get("/insights/demo/metrics", params=CLOSED)
    assert answer.status_code == 200, answer.text
    return answer.json()
