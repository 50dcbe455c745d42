"""Cohorts as the database has them, and the lock under which members are written and persons are forgotten."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import Error as DatabaseFailure

from analytics.models import Cohort
from eventlens.api import Unavailable

logger = logging.getLogger(__name__)


def lock_of(project_id: str) -> str:
    """Whoever works out members under this lock has read either all of a person who is to be forgotten or nothing."""
    return f"eventlens:cohorts:{project_id}"


@contextmanager
def translated_errors() -> Iterator[None]:
    """The database's errors become Unavailable."""
    try:
        yield
    except DatabaseFailure as away:
        logger.warning("Cohorts cannot be looked up: %s", away)
        raise Unavailable("Cohorts cannot be looked up at the moment; ask again.") from away


def unknown(project_id: str, slugs: Collection[str]) -> list[str]:
    """Those that are no cohort of the project."""
    with translated_errors():
        found = Cohort.objects.filter(project_id=project_id, slug__in=slugs).values_list("slug", flat=True)
        return sorted(set(slugs) - set(found))


def find(project_id: str, slug: str) -> Cohort | None:
    with translated_errors():
        return Cohort.objects.filter(project_id=project_id, slug=slug).first()


def of_project(project_id: str) -> list[Cohort]:
    with translated_errors():
        return list(Cohort.objects.filter(project_id=project_id))


def due(now: datetime) -> list[Cohort]:
    """Those that are to be worked out again, the longest overdue first."""
    with translated_errors():
        return list(Cohort.objects.filter(due_at__lte=now).order_by("due_at"))
