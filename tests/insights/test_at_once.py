"""How many questions of a client run at the same moment, counted over all processes."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
import redis
from django.conf import settings

from analytics import at_once
from analytics.throttles import TooMany
from eventlens import short_memory
from tests.insights.conftest import Ask


@pytest.fixture
def two(settings: Any, store: "redis.Redis") -> Iterator["redis.Redis"]:
    """Two questions a client."""
    settings.EVENTLENS = replace(settings.EVENTLENS, questions_at_once=2)
    short_memory.Pause.until = 0.0
    yield store
    short_memory.Pause.until = 0.0


def test_one_too_many_is_refused_and_others_are_not(two: "redis.Redis") -> None:
    with (
        at_once.running("a"),
        at_once.running("a"),
        at_once.running("b"),
        pytest.raises(TooMany) as refused,
        at_once.running("a"),
    ):
        pass

    assert refused.value.wait == 1
    assert str(refused.value) == "This client has 2 questions running; ask again when one is answered."


def test_an_end_makes_room_however_it_came(two: "redis.Redis") -> None:
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), at_once.running("a"):
            raise ZeroDivisionError

    assert two.zcard("eventlens:asking:a") == 0


def test_what_a_killed_process_left_ends_by_itself(two: "redis.Redis") -> None:
    two.zadd("eventlens:asking:a", {"killed long ago": 1, "killed as well": 2})

    with at_once.running("a"):
        assert two.zcard("eventlens:asking:a") == 1
        assert 0 < two.pttl("eventlens:asking:a") <= 4 * 1000 * settings.EVENTLENS.query_max_seconds


def test_a_lease_is_given_back_also_soon_after_redis_was_away(two: "redis.Redis") -> None:
    with at_once.running("a"):
        short_memory.Pause.until = float("inf")  # another question has just waited for Redis in vain

    assert two.zcard("eventlens:asking:a") == 0


def test_over_http_it_is_a_429_that_says_when_to_come_back(ask: Ask, clickhouse: None, two: "redis.Redis") -> None:
    with ExitStack() as running:
        running.enter_context(at_once.running("root"))
        running.enter_context(at_once.running("root"))

        refused, by_another = ask("/insights/shop/metrics"), ask("/insights/shop/metrics", client="read")

    assert (refused.status_code, refused["Retry-After"]) == (429, "1")
    assert refused.json()["error"] == "Too Many Requests"
    assert by_another.status_code == 200
    assert ask("/insights/shop/metrics").status_code == 200


def test_without_redis_nobody_is_refused(settings: Any, two: "redis.Redis") -> None:
    settings.EVENTLENS = replace(settings.EVENTLENS, redis_url="redis://127.0.0.1:1/0")

    with at_once.running("a"), at_once.running("a"), at_once.running("a"):
        assert short_memory.Pause.until > 0
