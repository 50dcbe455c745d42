"""What guards the product, seen from outside: one limit and one page of metrics for all processes, JSON lines."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import msgspec
import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from tests.ingestion.factories import drafted, project, sender
from tests.product import Product
from tests.servers import until

LIMIT = 40
# Each request on a connection of its own. The system's certificates, left unread, take longer than most answers.
HTTP = httpx.Client(verify=False, limits=httpx.Limits(max_keepalive_connections=0))


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    running = Product(EVENTLENS_INGEST_REQUESTS_PER_MINUTE=str(LIMIT), EVENTLENS_LOG_FORMAT="json")
    try:
        yield running.start()
    finally:
        running.stop()


def send(product: Product, number: int) -> int:
    """Not on a connection that is kept, so that every process gets its share."""
    event = {"type": "track", "payload": {"name": "click", "deviceId": f"d{number}"}}
    return HTTP.post(f"{product.url}/track", json=event, headers=product.headers(product.client)).status_code


def counted(product: Product, name: str, **labels: str) -> float:
    page = HTTP.get(f"{product.url}/metrics").text
    samples = (sample for family in text_string_to_metric_families(page) for sample in family.samples)
    return sum(sample.value for sample in samples if sample.name == name and sample.labels == labels)


def test_the_limit_is_one_for_all_processes_and_the_metrics_tell_it(product: Product) -> None:
    until(lambda: time.time() % 60 < 40, 30, "enough of a minute")

    with ThreadPoolExecutor(8) as senders:
        statuses = Counter(senders.map(lambda number: send(product, number), range(3 * LIMIT)))

    assert statuses == {200: LIMIT, 429: 2 * LIMIT}
    until(lambda: counted(product, "eventlens_events_accepted_total") == LIMIT, 10, "the count of accepted events")
    until(
        lambda: counted(product, "eventlens_events_rejected_total", reason="limited") == 2 * LIMIT, 10, "of limited"
    )
    until(lambda: counted(product, "eventlens_rows_inserted_total", table="events") == LIMIT, 30, "of stored rows")
    assert counted(product, "eventlens_dependency_up", dependency="clickhouse") == 1


def test_an_outsider_finds_no_metrics(product: Product) -> None:
    forwarded = HTTP.get(f"{product.url}/metrics", headers={"x-forwarded-for": "203.0.113.7"})

    assert forwarded.status_code == 404


def test_what_could_not_be_stored_is_counted_after_its_replay(product: Product) -> None:
    now_ms = time.time_ns() // 1_000_000
    event = drafted(of=project("later"), by=sender(now_ms), eventId="e1")
    with redis.Redis(port=product.ports["redis"]) as store:
        store.xadd("eventlens:log:0", {"e": b"\xc1 not msgpack"})
        store.xadd("eventlens:log:0", {"e": msgspec.msgpack.encode([event])})
    until(lambda: waiting(product) == 2, 30, "both in the quarantine")
    later = product.headers(product.new_client("later", "root", "--create-project"))

    until(lambda: replays(product) == 1, 30, "the move into the table")

    def stored() -> int:
        answer = HTTP.get(f"{product.url}/insights/later/metrics", headers=later)
        return int(answer.json()["totalEvents"])

    until(lambda: stored() == 1, 30, "the event of the project that was made later")
    until(
        lambda: counted(product, "eventlens_quarantine_events", state="replayed") == 1, 30, "the note of the replay"
    )
    assert replays(product) == 0
    until(lambda: counted(product, "eventlens_queue_entries", shard="0") == 0, 30, "an empty log")
    assert (stored(), waiting(product)) == (1, 1)


REPLAY = (
    "from ingestion.models import QuarantinedEvent, request_replay; "
    "print('noted', request_replay(QuarantinedEvent.objects.filter(kind='event')))"
)


def replays(product: Product) -> int:
    """Ask for the replay of every event in quarantine; how many had not been asked for before."""
    return int(product.manage("shell", "-c", REPLAY).split()[-1])


def waiting(product: Product) -> float:
    return counted(product, "eventlens_quarantine_events", state="waiting")


def test_lines_of_the_log_are_json_with_the_request_s_id(product: Product) -> None:
    product.parts["clickhouse"].kill()
    try:
        answer = HTTP.get(f"{product.url}/ready", headers={"x-request-id": "who-asked"})
    finally:
        product.up("clickhouse")

    assert (answer.status_code, answer.headers["x-request-id"]) == (503, "who-asked")
    lines = [line for line in product.parts["web"].log.read_text().splitlines() if "who-asked" in line]
    [entry] = [json.loads(line) for line in lines]
    assert (entry["level"], entry["logger"], entry["requestId"]) == ("WARNING", "eventlens.health", "who-asked")
    assert entry["message"].startswith("Readiness: ")
