"""Tell a worker that a shard has entries; without the work itself, which web processes need not load."""

import logging
from collections.abc import Iterable

import redis
from kombu.exceptions import OperationalError

from eventlens.celery import app

logger = logging.getLogger(__name__)
EXPIRES_SECONDS = 60


def enqueue_drains(shards: Iterable[int]) -> None:
    """A failure costs two seconds, not events: the beat wakes shards with entries too."""
    for shard in shards:
        enqueue("ingestion.tasks.drain", shard)


def enqueue_replay() -> None:
    """A failure costs ten seconds: the beat looks after the quarantine too."""
    enqueue("ingestion.tasks.keep_quarantine")


def enqueue(task: str, *arguments: int) -> None:
    try:
        app.send_task(task, args=arguments, expires=EXPIRES_SECONDS, retry=False)
    except (OperationalError, redis.RedisError) as failed:
        logger.warning("%s%s could not be queued; the beat will: %s", task, arguments, failed)
