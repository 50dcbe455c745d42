"""Tell a worker that a shard has entries; without the work itself, which web processes need not load."""

import logging
import secrets
from collections.abc import Iterable
from typing import cast

import redis
from kombu.exceptions import OperationalError

from eventlens.celery import app

logger = logging.getLogger(__name__)
EXPIRES_SECONDS = 60
NEXT_SECONDS = 15


def enqueue_drains(shards: Iterable[int]) -> None:
    """A failure costs two seconds, not events: the beat wakes shards with entries too."""
    for shard in shards:
        enqueue("ingestion.tasks.drain", shard)


def enqueue_replay() -> None:
    """A failure costs ten seconds: the beat looks after the quarantine too."""
    enqueue("ingestion.tasks.keep_quarantine")


def enqueue_next(store: "redis.Redis", task: str) -> None:
    """Another turn of this task, behind the tasks that wait meanwhile; a failure costs seconds: the beat comes too.

    Its number is kept: of all that may be on their way, only the one of that number goes on, so that they never
    become more than one, which would leave no room for other work.
    """
    number = secrets.randbits(32) + 1
    if store.set(next_key(task), number, nx=True, ex=NEXT_SECONDS):
        enqueue(task, number)


def may_begin(store: "redis.Redis", task: str, number: int) -> bool:
    """Whether a task with this number, 0 for the beat's, is the next one; the beat's steps back while one waits."""
    waiting = int(cast("bytes | None", store.get(next_key(task))) or 0)
    if waiting == number:
        store.delete(next_key(task))
    return waiting == number


def next_key(task: str) -> str:
    """Holds the number of the turn that waits, unless it gets lost."""
    return f"eventlens:next:{task}"


def enqueue(task: str, *arguments: int) -> None:
    try:
        app.send_task(task, args=arguments, expires=EXPIRES_SECONDS, retry=False)
    except (OperationalError, redis.RedisError) as failed:
        logger.warning("%s%s could not be queued; the beat will: %s", task, arguments, failed)
