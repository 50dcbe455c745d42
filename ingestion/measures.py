"""What an operator watches of ingestion: the log, the quarantine, Redis's memory."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily, Metric

from ingestion.door import overload
from ingestion.log import stream
from ingestion.models import QuarantinedEvent, State


def queue() -> Iterator[Metric]:
    """How many entries each shard holds, and how long the oldest of them has waited."""
    depth = GaugeMetricFamily("eventlens_queue_entries", "Entries of the log not stored yet.", labels=["shard"])
    oldest = GaugeMetricFamily("eventlens_queue_oldest_seconds", "The age of the oldest of them.", labels=["shard"])
    now = float(".".join(f"{part:06}" for part in stream.store().time()))
    for shard, (entries, first_ms) in depths().items():
        depth.add_metric([str(shard)], entries)
        oldest.add_metric([str(shard)], max(0.0, now - first_ms / 1000) if first_ms else 0.0)
    yield from (depth, oldest)


def depths() -> dict[int, tuple[int, int]]:
    """Of each shard in use its length, and when its first entry came, in epoch milliseconds; 0 if it is empty."""
    with stream.store().pipeline(transaction=False) as pipe:
        for shard in range(stream.MOST_SHARDS):
            pipe.xlen(stream.log_key(shard))
            pipe.xrange(stream.log_key(shard), count=1)
        answers: list[Any] = pipe.execute()
    pairs = zip(answers[0::2], answers[1::2], strict=True)
    found = {shard: (length, came(first)) for shard, (length, first) in enumerate(pairs)}
    # Also shards that the settings no longer name, as long as they hold something.
    return {shard: pair for shard, pair in found.items() if shard < settings.EVENTLENS.stream_shards or pair[0]}


def came(first: list[tuple[bytes, object]]) -> int:
    return int(first[0][0].partition(b"-")[0]) if first else 0


def quarantine() -> Iterator[Metric]:
    family = GaugeMetricFamily("eventlens_quarantine_events", "Events that could not be stored.", labels=["state"])
    counted = dict(QuarantinedEvent.objects.order_by().values_list("state").annotate(Count("id")))
    for state in State.values:
        not_moved = int(stream.store().xlen(stream.QUARANTINE)) if state == State.WAITING else 0
        family.add_metric([state], counted.get(state, 0) + not_moved)
    yield family


def memory() -> Iterator[Metric]:
    used, most = overload.memory(stream.store())
    yield GaugeMetricFamily("eventlens_redis_memory_bytes", "Memory that Redis uses.", value=used)
    yield GaugeMetricFamily("eventlens_redis_memory_limit_bytes", "Memory that Redis may use.", value=most)
