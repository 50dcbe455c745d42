"""Redis for what may be forgotten: while it does not answer, everybody goes on without it."""

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import redis
from django.conf import settings

logger = logging.getLogger(__name__)
T = TypeVar("T")
AWAY_SECONDS = 5.0  # after a failure Redis is left alone this long, so that not every request waits for it
ANSWERS_WITHIN_SECONDS = 0.5


class Pause:
    """Until when this process does not ask, on the monotonic clock."""

    until = 0.0


@cache
def connected(url: str) -> "redis.Redis":
    return redis.Redis.from_url(
        url, socket_timeout=ANSWERS_WITHIN_SECONDS, socket_connect_timeout=ANSWERS_WITHIN_SECONDS
    )


def tried(work: Callable[["redis.Redis"], T], *, insists: bool = False) -> T | None:
    """What Redis answers; None while it is away. Who insists asks it also soon after a failure."""
    now = time.monotonic()
    if now < Pause.until and not insists:
        return None
    try:
        return work(connected(settings.EVENTLENS.redis_url))
    except redis.RedisError as away:
        Pause.until = now + AWAY_SECONDS
        logger.warning("Questions are neither remembered nor counted while Redis does not answer: %s", away)
        return None
