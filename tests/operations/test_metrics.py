"""GET /metrics: what is counted, by all processes together, and who may see it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from eventlens import health, metrics
from ingestion import quarantine
from ingestion.log import stream
from ingestion.storing import drain
from tests.analytics.factories import headers, new_client, new_project
from tests.ingestion.factories import send, track
from tests.ingestion.stored import spoiled
from tests.servers import free_port, until

pytestmark = pytest.mark.django_db
Log = redis.Redis
PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


@pytest.fixture(autouse=True)
def counts(log: Log) -> Iterator[None]:
    metrics.untold.amounts.clear()
    yield
    metrics.untold.amounts.clear()


def page(http: Client | None = None) -> dict[str, float]:
    """Every sample by its name and labels: `eventlens_queue_entries{shard=0}`."""
    answer = (http or Client()).get("/metrics")
    assert answer.status_code == 200
    return {
        one.name + "".join(f"{{{name}={value}}}" for name, value in one.labels.items()): one.value
        for family in text_string_to_metric_families(answer.content.decode())
        for one in family.samples
    }


def test_what_is_told_is_what_the_docs_tell(clickhouse: None) -> None:
    answer = Client().get("/metrics")

    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    names = {family.name for family in text_string_to_metric_families(answer.content.decode())}
    assert names == set(re.findall(r"^\| `(eventlens_\w+?)(?:_total)?[`{]", PAGE, re.MULTILINE)) | {
        # Two rows of the page tell of two metrics.
        "eventlens_insert_seconds",
        "eventlens_redis_memory_limit_bytes",
    }


def test_accepted_repeated_and_rejected_events_are_counted(clickhouse: None) -> None:
    new_client("write", new_project("shop"))
    http = Client(headers=headers("write"))

    def post(path: str, content: bytes) -> None:
        http.post(path, content, content_type="application/json")

    post("/track", track(eventId="e1"))
    post("/track", track(eventId="e1"))
    post("/track", b"{}")
    post("/track/batch", b'{"events": [%s, {}, 7]}' % track())
    Client().post("/track", track(), content_type="application/json")

    told = page()
    assert told["eventlens_events_accepted_total"] == 2
    assert told["eventlens_events_duplicate_total"] == 1
    assert told["eventlens_events_rejected_total{reason=invalid}"] == 3
    assert told["eventlens_events_rejected_total{reason=unauthorized}"] == 1


@pytest.mark.usefixtures("clickhouse", "shop")
def test_a_drain_tells_its_batches_rows_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled(monkeypatch, isScreenView=999)
    for number in range(3):
        send({"name": f"n{number}", "deviceId": "d1"})
    send({"name": "bad", "deviceId": "d1"})

    drain.drain(0)
    told = page()

    assert told["eventlens_rows_inserted_total{table=events}"] == 3
    assert told["eventlens_events_quarantined_total"] == 1
    assert told["eventlens_batch_entries_count"] == 1
    assert told["eventlens_batch_entries_sum"] == 4
    assert (told["eventlens_batch_entries_bucket{le=1.0}"], told["eventlens_batch_entries_bucket{le=10.0}"]) == (0, 1)
    assert told["eventlens_insert_seconds_count"] >= 1
    assert 0 < told["eventlens_insert_seconds_sum"] < 60


def test_the_log_s_depth_and_age_are_told_by_shard(log: Log, clickhouse: None) -> None:
    seconds, _ = log.time()
    log.xadd(stream.log_key(0), {"e": b"\x90"}, id=f"{(seconds - 100) * 1000}-0")
    log.xadd(stream.log_key(0), {"e": b"\x90"})
    log.xadd(stream.log_key(9), {"e": b"\x90"})

    told = page()

    assert told["eventlens_queue_entries{shard=0}"] == 2
    assert 99 < told["eventlens_queue_oldest_seconds{shard=0}"] < 110
    assert told["eventlens_queue_entries{shard=9}"] == 1
    assert "eventlens_queue_entries{shard=1}" not in told


def test_the_quarantine_is_counted_wherever_its_events_are(log: Log, clickhouse: None) -> None:
    log.xadd(stream.QUARANTINE, {"reason": "x", "entry": b"1"})
    quarantine.collect()
    log.xadd(stream.QUARANTINE, {"reason": "x", "entry": b"2"})

    told = page()

    assert told["eventlens_quarantine_events{state=waiting}"] == 2
    assert told["eventlens_quarantine_events{state=replayed}"] == 0


def test_all_processes_add_up(log: Log, clickhouse: None) -> None:
    for _ in range(2):
        process = metrics.Untold()
        process.add("events_accepted|", 3)
        process.tell()

    assert page()["eventlens_events_accepted_total"] == 6


def test_counts_reach_redis_by_themselves(log: Log) -> None:
    metrics.count("events_accepted", 2)

    until(lambda: log.hget(metrics.KEY, "events_accepted|") == b"2", what="the count in Redis")


def test_counts_survive_a_redis_that_is_away(log: Log, configure: Callable[..., None]) -> None:
    process = metrics.Untold()
    with without_redis(configure):
        process.add("events_accepted|", 3)
        process.tell()

    process.add("events_accepted|", 1)
    process.tell()

    assert log.hget(metrics.KEY, "events_accepted|") == b"4"


@contextmanager
def without_redis(configure: Callable[..., None]) -> Iterator[None]:
    """Nobody listens where this process looks for Redis."""
    there = settings.EVENTLENS.redis_url
    configure(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    caches = (health.log_redis, stream.store)
    for cache in caches:
        cache.cache_clear()
    try:
        yield
    finally:
        configure(redis_url=there)
        for cache in caches:
            cache.cache_clear()


@pytest.mark.parametrize("unknown", ["shoes", "insert_seconds"])
def test_what_no_table_names_is_a_bug(unknown: str) -> None:
    with pytest.raises(KeyError):
        metrics.count(unknown)


def test_a_count_with_a_label_needs_it() -> None:
    with pytest.raises(ValueError, match="events_rejected is told apart by reason; name one"):
        metrics.count("events_rejected")


def test_without_its_stores_the_page_says_so(configure: Callable[..., None]) -> None:
    with without_redis(configure):
        told = page()

    assert told["eventlens_dependency_up{dependency=redis}"] == 0
    assert told["eventlens_dependency_up{dependency=database}"] == 1
    assert "eventlens_queue_entries{shard=0}" not in told


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_by_default_this_machine_may_read(clickhouse: None, address: str) -> None:
    assert Client(REMOTE_ADDR=address).get("/metrics").status_code == 200


@pytest.mark.parametrize(
    "meta",
    [
        {"REMOTE_ADDR": "203.0.113.7"},
        {"REMOTE_ADDR": "10.0.0.7"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=127.0.0.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_REAL_IP": "127.0.0.1"},
    ],
)
def test_for_all_others_there_is_no_such_page(meta: dict[str, Any]) -> None:
    answer = Client(**meta).get("/metrics")

    assert answer.status_code == 404
    assert answer.json()["error"] == "Not Found"


def test_the_operator_says_who_may_read(configure: Callable[..., None], clickhouse: None) -> None:
    configure(metrics_allowed=(ip_network("10.0.0.0/8"),))

    assert Client(REMOTE_ADDR="10.0.0.7").get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="127.0.0.1").get("/metrics").status_code == 404


def test_it_is_not_among_the_public_routes() -> None:
    assert Client().get("/api/v1/analytics/metrics").status_code == 404
