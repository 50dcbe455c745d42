"""The export through the web server as it is deployed: it streams, in little memory, and lets go of who leaves."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import httpx
import psutil
import pytest
from clickhouse_driver import Client

from tests import servers
from tests.product import Product

ROWS = 300_000
MOST_BYTES = 256 * 2**20
ALL = {"startDate": "2024-01-01", "endDate": "2024-01-31"}
# Some 300 MB as NDJSON: to hold them all would take more than is allowed.
INSERT = f"""
INSERT INTO events (projectId, name, createdAt, receivedAt, eventId, deviceId, path, title)
SELECT
    'demo', ['open', 'buy'][number % 2 + 1], toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + number * 8,
    now64(3, 'UTC'), toString(number), concat('device-', toString(number % 1000)), '/', repeat('t', 400)
FROM numbers({ROWS})
"""


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    product = Product(EVENTLENS_WEB_WORKERS="1", EVENTLENS_QUESTIONS_PER_MINUTE="0")
    try:
        product.prepare()
        Client("127.0.0.1", port=product.ports["clickhouse"], database="event_lens").execute(INSERT)
        product.up("web")
        servers.until(lambda: ready(product), what="the web server")
        yield product
    finally:
        product.stop()


def ready(product: Product) -> bool:
    """Whether a worker answers; the port is open before there is one."""
    try:
        return httpx.get(f"{product.url}/health", timeout=20).status_code == 200
    except httpx.HTTPError:
        return False


def export(product: Product, **asked: str) -> AbstractContextManager[httpx.Response]:
    return httpx.stream(
        "GET",
        f"{product.url}/insights/demo/export",
        params={**ALL, **asked},
        headers=product.headers(product.client),
        timeout=120,
    )


def worker(product: Product) -> psutil.Process:
    process = product.parts["web"].process
    assert process is not None
    [found] = [one for one in psutil.Process(process.pid).children(recursive=True) if not one.children()]
    return found


@pytest.mark.parametrize("form", ["ndjson", "parquet"])
def test_all_rows_come_in_little_memory(product: Product, form: str) -> None:
    process, peak, lines, size = worker(product), 0, 0, 0

    with export(product, format=form) as answer:
        assert answer.status_code == 200
        for chunk in answer.iter_raw(2**20):
            peak = max(peak, process.memory_info().rss)
            lines, size = lines + chunk.count(b"\n"), size + len(chunk)

    assert peak < MOST_BYTES, f"{peak / 2**20:.0f} MiB"
    assert form == "parquet" or (lines == ROWS and size > MOST_BYTES)


def test_who_leaves_frees_the_place_and_questions_are_answered_meanwhile(product: Product) -> None:
    keys = product.headers(product.client)
    for _ in range(6):
        with export(product) as answer:
            assert answer.status_code == 200
            next(answer.iter_raw(1000))
            metrics = httpx.get(f"{product.url}/insights/demo/metrics", params=ALL, headers=keys, timeout=60)
            assert metrics.json()["totalEvents"] == ROWS

        servers.until(lambda: status(product) == 200, 60, "the place of who left")


def status(product: Product) -> int:
    with export(product, fields="name", endDate="2024-01-01") as answer:
        return int(answer.status_code)
