"""Wishes to forget a person or a project: noted in a table, and told to a worker, who fulfils them."""

import hmac
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any

import redis
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from analytics.models import Erasure, ErasureKind, Project
from eventlens.api import Unavailable
from eventlens.celery import app

logger = logging.getLogger(__name__)
TASK = "ingestion.tasks.erase"
EXPIRES_SECONDS = 60


def erase_profile(project_id: str, profile_id: str, now: datetime) -> Erasure:
    """The erasure of this person that runs, else a new one; raises Unavailable if the database is away."""
    with translated_errors():
        return begin(ErasureKind.PROFILE, project_id, profile_id, now)


def find_profile_erasure(project_id: str, number: int) -> Erasure | None:
    """Raises Unavailable if the database is away."""
    with translated_errors():
        return Erasure.objects.filter(project_id=project_id, kind=ErasureKind.PROFILE, pk=number).first()


@contextmanager
def translated_errors() -> Iterator[None]:
    """The database's errors become Unavailable."""
    try:
        yield
    except DatabaseFailure as away:
        logger.warning("An erasure cannot be noted or looked up: %s", away)
        raise Unavailable("Erasures cannot be looked after at the moment; ask again.") from away


def begin(kind: ErasureKind, project_id: str, subject: str, now: datetime) -> Erasure:
    key = keyed_hash(kind, project_id, subject)
    values = {"kind": kind, "project_id": project_id, "subject": subject, "subject_hash": key, "requested_at": now}
    erasure, _ = Erasure.objects.get_or_create(open_key=key, defaults=values)
    transaction.on_commit(wake)
    return erasure


def keyed_hash(*parts: str) -> str:
    """Proof that somebody was erased, for whoever knows the id and has this installation's secret key; ids guessed
    one after another tell others nothing."""
    secret = settings.EVENTLENS.secret_key.encode()
    return hmac.new(secret, "\0".join(parts).encode(), sha256).hexdigest()


def wake() -> None:
    """A failure costs seconds: the beat looks after erasures too."""
    try:
        app.send_task(TASK, expires=EXPIRES_SECONDS, retry=False)
    except (OperationalError, redis.RedisError) as failed:
        logger.warning("An erasure could not be queued; the beat will: %s", failed)


def on_project_deleted(sender: type[Project], instance: Project, **more: Any) -> None:
    """What is stored of a project goes with it."""
    begin(ErasureKind.PROJECT, instance.id, "", timezone.now())
