"""When a client was last used: noted during the request, written after its answer, at most once a minute."""

import logging
import threading
import time
from datetime import timedelta
from typing import Any

from cachetools import LRUCache
from django.db import Error as DatabaseFailure
from django.db.models import Q
from django.utils import timezone

from analytics.models import Client

logger = logging.getLogger(__name__)
EVERY_SECONDS = 60.0

lock = threading.Lock()
noted: LRUCache[str, float] = LRUCache(10_000)
pending: set[str] = set()


def note(client_id: str, now: float | None = None) -> None:
    """Cheap enough for every event; `now` is a monotonic clock in seconds."""
    now = time.monotonic() if now is None else now
    with lock:
        if now - noted.get(client_id, float("-inf")) >= EVERY_SECONDS:
            noted[client_id] = now
            pending.add(client_id)


def on_request_finished(**signal: Any) -> None:
    """The answer is on its way by now: a slow or absent database keeps nobody waiting for it."""
    if pending:
        write_pending()


def write_pending() -> None:
    with lock:
        ids = set(pending)
        pending.clear()
    now = timezone.now()
    # Every process keeps its own minute; the condition makes one write of all of them.
    is_due = Q(last_used_at=None) | Q(last_used_at__lt=now - timedelta(seconds=EVERY_SECONDS))
    try:
        Client.objects.filter(is_due, id__in=ids).update(last_used_at=now)
    except DatabaseFailure as failed:
        logger.warning("The last use of %d clients was not written: %s", len(ids), failed)


def forget() -> None:
    """Start anew, as a fresh process does."""
    with lock:
        noted.clear()
        pending.clear()
