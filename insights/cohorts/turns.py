"""Whose turn it is: a project's cohorts are worked out one at a time, and all that are due by one worker."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

import redis
from django.conf import settings

from analytics.cohorts import lock_of
from eventlens.api import Unavailable

logger = logging.getLogger(__name__)

OF_THE_BEAT = "eventlens:refreshing-cohorts"
WAIT_SECONDS = 5.0
SPARE_SECONDS = 60  # that a lock outlives what is done under it


class Busy(Unavailable):
    """Somebody else is at it: nothing has failed, only the time is not right."""


@cache
def store() -> "redis.Redis":
    return redis.Redis.from_url(settings.EVENTLENS.redis_url, socket_timeout=2, socket_connect_timeout=2)


@contextmanager
def alone(project: str, seconds: float) -> Iterator[None]:
    """One at a time in a project, and never while a person of it is being forgotten; raises Unavailable."""
    with held(lock_of(project), seconds, WAIT_SECONDS) as is_ours:
        if not is_ours:
            raise Busy("Another cohort of the project is being worked out, or a person forgotten; ask again.")
        yield


@contextmanager
def of_the_beat(seconds: float) -> Iterator[bool]:
    """Whether no other worker is at what is due; who is killed keeps the others off for these seconds at most."""
    with held(OF_THE_BEAT, seconds, 0) as is_ours:
        yield is_ours


@contextmanager
def held(name: str, seconds: float, wait: float) -> Iterator[bool]:
    lock = store().lock(name, timeout=seconds + SPARE_SECONDS, blocking_timeout=wait)
    try:
        is_ours = lock.acquire()
    except redis.RedisError as away:
        logger.warning("Cohorts wait, Redis does not answer: %s", away)
        raise Unavailable("Cohorts cannot be worked out at the moment; ask again.") from away
    try:
        yield is_ours
    finally:
        if is_ours:
            with suppress(redis.RedisError):
                lock.release()
