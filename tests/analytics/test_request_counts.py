"""The limit of ingestion: exact over all processes, seldom asked of Redis, there without Redis too."""

import pytest
import redis
from django.core.cache import cache

from analytics.request_counts import RequestCounts

pytestmark = pytest.mark.usefixtures("store")
NOON = 1_717_156_800.0  # the first second of a minute
Log = redis.Redis


def allowed(processes: list[RequestCounts], limit: int, requests: int, now: float = NOON) -> int:
    """How many of these requests, dealt out in turn, are let in."""
    turns = (processes[number % len(processes)] for number in range(requests))
    return sum(process.wait("web", limit, now) == 0 for process in turns)


@pytest.mark.parametrize("limit", [1, 3, 33, 600, 5000])
@pytest.mark.parametrize("processes", [1, 2, 7])
def test_the_limit_is_exact_over_all_processes(limit: int, processes: int) -> None:
    counts = [RequestCounts() for _ in range(processes)]

    assert allowed(counts, limit, limit + 100) == limit


def test_the_wait_is_what_is_left_of_the_minute() -> None:
    counts = RequestCounts()

    assert [counts.wait("web", 1, NOON + second) for second in (0, 0, 20.5, 59.9)] == [0, 60, 40, 1]


def test_the_next_minute_begins_anew() -> None:
    counts = RequestCounts()

    assert [counts.wait("web", 1, NOON + second) for second in (58, 59, 60, 61)] == [0, 1, 0, 59]


def test_clients_do_not_use_up_each_others_limits() -> None:
    counts = RequestCounts()

    assert [counts.wait(client, 1, NOON) for client in ("web", "app", "web", "app")] == [0, 0, 60, 60]


def test_redis_is_seldom_asked(store: Log) -> None:
    counts = RequestCounts()
    before = commands(store)

    assert allowed([counts], 50_000, 10_000) == 10_000

    assert commands(store) - before < 100  # of which each count takes two, and this question one


def commands(store: Log) -> int:
    """All that Redis was asked so far."""
    return int(store.info("stats")["total_commands_processed"])


def test_others_learn_of_requests_within_a_second() -> None:
    mine, other = RequestCounts(), RequestCounts()
    other.wait("web", 1000, NOON)  # tells its first
    for _ in range(20):
        mine.wait("web", 1000, NOON)

    mine.wait("web", 1000, NOON + 1)

    assert cache.get(f"requests:web:{int(NOON) // 60}") == 22


def test_the_counts_in_redis_go_by_themselves(store: Log) -> None:
    RequestCounts().wait("web", 10, NOON)

    [key] = store.keys("eventlens:cache:*")
    assert 60_000 < store.pttl(key) <= 120_000


def test_without_redis_each_process_counts_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def away(*arguments: object, **options: object) -> None:
        nonlocal asked
        asked += 1
        raise redis.ConnectionError("away")

    monkeypatch.setattr("django.core.cache.backends.redis.RedisCacheClient.add", away)
    counts = RequestCounts()

    assert allowed([counts], 100, 200) == 100
    assert asked == 1
    assert allowed([counts], 100, 50, NOON + 6) == 0  # over its own count, whatever the others sent
    assert allowed([counts], 100, 50, NOON + 66) == 50
    assert asked == 2
