"""What the product counts of itself, for Prometheus: added up in each process and kept in Redis for all of them.

Web servers, workers and imports are many processes on many machines, but one product: their counts live in one hash.
A process adds to it about once a second, from a thread of its own, so that counting costs a request next to nothing.
A process that is killed takes its last second of counts along; the events themselves are safe elsewhere.
"""

import atexit
import logging
import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import redis
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from eventlens import health

logger = logging.getLogger(__name__)
KEY = "eventlens:metrics"
TOLD_AFTER_SECONDS = 1.0
Source = Callable[[], Iterable[Metric]]


@dataclass(frozen=True)
class Count:
    """A number that only grows, told apart by one label if it has one."""

    help: str
    label: str = ""


@dataclass(frozen=True)
class Distribution:
    """How often a value was at most each of the bounds."""

    help: str
    bounds: tuple[float, ...]


COUNTS: dict[str, Count] = {
    "events_accepted": Count("Events that were put into the log."),
    "events_duplicate": Count("Events that had been sent before and were answered again."),
    "events_rejected": Count("Requests with events that were refused, and refused items of batches.", "reason"),
    "rows_inserted": Count("Rows that ClickHouse took, repeats that it dropped included.", "table"),
    "events_quarantined": Count("Events that could not be stored and were set aside."),
}
DISTRIBUTIONS: dict[str, Distribution] = {
    "batch_entries": Distribution(
        "Entries of the log that were stored together.", (1, 10, 100, 500, 1000, 2000, 5000, 10_000, 20_000)
    ),
    "insert_rows": Distribution("Rows of an insert.", (1, 10, 100, 1000, 5000, 10_000, 20_000)),
    "insert_seconds": Distribution("How long an insert took.", (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)),
}


class Untold:
    """This process's counts since it last told Redis."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.amounts: defaultdict[str, float] = defaultdict(float)
        self.timer: threading.Timer | None = None

    def add(self, field: str, amount: float) -> None:
        self.add_all({field: amount})

    def add_all(self, amounts: Mapping[str, float]) -> None:
        with self.lock:
            for field, amount in amounts.items():
                self.amounts[field] += amount
            if self.timer is None:
                self.timer = threading.Timer(TOLD_AFTER_SECONDS, self.tell)
                self.timer.daemon = True
                self.timer.start()

    def tell(self) -> None:
        """Add the counts to everybody's; if Redis is away they wait for the next counts."""
        with self.lock:
            amounts, self.amounts, self.timer = self.amounts, defaultdict(float), None
        if not amounts:
            return
        try:
            with health.log_redis().pipeline(transaction=False) as pipe:
                for field, amount in amounts.items():
                    pipe.hincrbyfloat(KEY, field, amount)
                pipe.execute()
        except redis.RedisError as away:
            logger.warning("Counts wait, Redis does not answer: %s", away)
            with self.lock:
                for field, amount in amounts.items():
                    self.amounts[field] += amount


untold = Untold()
atexit.register(untold.tell)
SOURCES: list[Source] = []


def count(name: str, amount: int = 1, label: str = "") -> None:
    """Add to one of COUNTS."""
    if COUNTS[name].label and not label:
        raise ValueError(f"{name} is told apart by {COUNTS[name].label}; name one.")
    if amount:
        untold.add(f"{name}|{label}", amount)


def observe(name: str, value: float) -> None:
    """Add a value to one of DISTRIBUTIONS."""
    bucket = bisect_left(DISTRIBUTIONS[name].bounds, value)
    untold.add_all({f"{name}|{bucket}": 1, f"{name}|sum": value})


def register(source: Source) -> Source:
    """Let an app tell metrics of its own; a store's error leaves out that source alone."""
    SOURCES.append(source)
    return source


@register
def counted() -> Iterator[Metric]:
    """Everything that count() and observe() added up."""
    untold.tell()
    stored: Any = health.log_redis().hgetall(KEY)
    fields = {name.decode(): float(value) for name, value in stored.items()}
    for name, known in COUNTS.items():
        yield counter(name, known, fields)
    for name, distribution in DISTRIBUTIONS.items():
        yield histogram(name, distribution, fields)


def counter(name: str, known: Count, fields: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(f"eventlens_{name}", known.help, labels=[known.label] if known.label else [])
    if not known.label:
        family.add_metric([], fields.get(f"{name}|", 0))
        return family
    for field in sorted(field for field in fields if field.startswith(f"{name}|")):
        family.add_metric([field.partition("|")[2]], fields[field])
    return family


def histogram(name: str, distribution: Distribution, fields: Mapping[str, float]) -> Metric:
    """Redis has how many values fell into each bucket; Prometheus wants how many were at most its bound."""
    bounds = [*(str(float(bound)) for bound in distribution.bounds), "+Inf"]
    totals = accumulate(fields.get(f"{name}|{bucket}", 0) for bucket in range(len(bounds)))
    family = HistogramMetricFamily(f"eventlens_{name}", distribution.help)
    family.add_metric([], list(zip(bounds, totals, strict=True)), fields.get(f"{name}|sum", 0))
    return family


@register
def dependencies() -> Iterator[Metric]:
    family = GaugeMetricFamily("eventlens_dependency_up", "1 if the store answers.", labels=["dependency"])
    for name, check in health.CHECKS.items():
        family.add_metric([name], float(health.state(check) == "up"))
    yield family
