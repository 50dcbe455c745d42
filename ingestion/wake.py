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
        try:
            app.send_task("ingestion.tasks.drain", args=(shard,), expires=EXPIRES_SECONDS, retry=False)
        except (OperationalError, redis.RedisError) as failed:
            logger.warning("The drain of shard %s could not be queued; the beat will: %s", shard, failed)
