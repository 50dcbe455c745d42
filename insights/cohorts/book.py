"""The book of cohorts: what they are made, changed and deleted by, and when they are worked out again.

Working out takes a while, in which others may change or delete the row. So it is read again when nobody else works
out members, and written only as long as it is the one that was read.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from analytics import cohorts as rows
from analytics.directory import find_project
from analytics.models import Cohort
from eventlens.api import InvalidInput, Problem, Unavailable
from eventlens.clickhouse import people
from eventlens.clickhouse.errors import ClickHouseError
from insights.asking.parameters import Given
from insights.cohorts import cohorts, reading, turns
from insights.cohorts import definition as cohort_definition
from insights.cohorts.reading import Wanted

logger = logging.getLogger(__name__)

MOST_COHORTS = 1000
REFRESH_SECONDS = 300
YOUNG = timedelta(minutes=10)
RETRY = timedelta(minutes=10)
FAILED_WRONG = "The definition is not valid any more: {}"
FAILED = "It could not be worked out: {}"
CHANGED = "The cohort was changed or deleted meanwhile; ask again."
ASKED_FOR = ("name", "definition", "refresh_minutes", "due_at", "updated_at")
WORKED_OUT = ("size", "refreshed_at", "failure", "due_at")

# Gives the row as it is now: asked before anybody waits, to tell what is wrong, and again when nobody else is at it.
Find = Callable[[], Cohort]


class NotDue(Exception):
    """Somebody else has worked it out meanwhile, or it is gone."""


def change(given: Given, find: Find, *, is_whole: bool) -> Cohort:
    """Read what is to change, work out the members where they may be others, and save it. Raises InvalidInput."""
    wanted = reading.read(given, find(), is_whole=is_whole)
    if wanted.members_stay:
        with saved(wanted.cohort, ASKED_FOR):
            return wanted.cohort
    with turns.alone(given.project, query_seconds()):
        wanted = reading.read(given, find(), is_whole=is_whole)
        return worked_out(given, wanted, (*ASKED_FOR, *WORKED_OUT), query_seconds())


def query_seconds() -> int:
    return int(settings.EVENTLENS.query_max_seconds)


def worked_out(given: Given, wanted: Wanted, fields: Sequence[str], seconds: int) -> Cohort:
    """The members count as soon as the row tells of them: the row is written first, so that who loses a race leaves
    the winner's members alone, and not kept where the members cannot be."""
    cohort = wanted.cohort

    def keep(size: int) -> AbstractContextManager[None]:
        cohort.size, cohort.refreshed_at, cohort.failure = size, given.now, ""
        return saved(cohort, fields)

    if wanted.definition is not None:
        cohorts.work_out(cohorts.all_time(given), cohort.slug, wanted.definition, seconds, keep)
    else:
        cohorts.write_list(given.project, cohort.slug, wanted.ids or (), keep)
    return cohort


@contextmanager
def saved(cohort: Cohort, fields: Sequence[str]) -> Iterator[None]:
    """The row is written together with what happens inside, or not at all.

    Raises InvalidInput where the id was taken meanwhile, Unavailable where the row is not the one that was read.
    """
    cohort.due_at = None
    if cohort.refresh_minutes and cohort.refreshed_at:
        cohort.due_at = cohort.refreshed_at + timedelta(minutes=cohort.refresh_minutes)
    try:
        with rows.translated_errors(), transaction.atomic():
            write(cohort, fields)
            yield
    except Unavailable as failed:
        if isinstance(failed.__cause__, IntegrityError):
            raise InvalidInput([Problem("id", "There is a cohort of this id; change it by PUT.")]) from failed
        raise


def write(cohort: Cohort, fields: Sequence[str]) -> None:
    if cohort.pk is None:
        cohort.save(force_insert=True)
        return
    as_read = Cohort.objects.filter(pk=cohort.pk, updated_at=cohort.updated_at)
    if "updated_at" in fields:
        cohort.updated_at = timezone.now()
    if not as_read.update(**{name: getattr(cohort, name) for name in fields}):
        raise Unavailable(CHANGED)


def refresh(project: str, find: Find, seconds: int, now: datetime) -> Cohort:
    """Work out the members again. Raises InvalidInput where the definition is not valid any more."""
    find()
    with turns.alone(project, seconds):
        cohort = find()
        given = given_of(cohort, now)
        part = cohort_definition.read(given, cohort.definition)
        if part is None or given.problems:
            raise InvalidInput(given.problems)
        return worked_out(given, Wanted(cohort, part), WORKED_OUT, seconds)


def given_of(cohort: Cohort, now: datetime) -> Given:
    project = find_project(cohort.project_id)
    zone = project.timezone if project else "UTC"
    return Given({}, cohort.project_id, zone, now, is_linked=people.has_links(cohort.project_id))


def delete(cohort: Cohort) -> None:
    """Its members are swept away later; without the row no question reads them."""
    with rows.translated_errors():
        cohort.delete()


def refresh_due(now: datetime, is_time_left: Callable[[], bool]) -> None:
    """The longest overdue first; those of a project where somebody else is at work wait for the next turn."""
    busy: set[str] = set()
    for cohort in rows.due(now):
        if not is_time_left():
            return
        if cohort.project_id in busy:
            continue
        try:
            refresh_one(cohort, now)
        except turns.Busy:
            busy.add(cohort.project_id)


def refresh_one(cohort: Cohort, now: datetime) -> None:
    """One that fails is tried again later, and its last members stay. Raises Busy."""
    try:
        refresh(cohort.project_id, lambda: still_due(cohort, now), REFRESH_SECONDS, now)
    except NotDue:
        return
    except turns.Busy:
        raise
    except InvalidInput as wrong:
        put_off(cohort, FAILED_WRONG.format(wrong.problems[0].message), now)
    except (ClickHouseError, Unavailable) as failed:
        logger.warning("The cohort %s of %s has to wait: %s", cohort.slug, cohort.project_id, failed)
        put_off(cohort, FAILED.format("the event store is away, or it takes too long."), now)


def still_due(cohort: Cohort, now: datetime) -> Cohort:
    """The row as it is now. Raises NotDue."""
    with rows.translated_errors():
        found = Cohort.objects.filter(pk=cohort.pk, due_at__lte=now).first()
    if found is None:
        raise NotDue
    return found


def put_off(cohort: Cohort, failure: str, now: datetime) -> None:
    """What failed is the row that was read; one that was changed meanwhile is tried at once."""
    as_read = Cohort.objects.filter(pk=cohort.pk, updated_at=cohort.updated_at)
    with rows.translated_errors():
        as_read.update(failure=failure[:500], due_at=now + RETRY)


def sweep(now: datetime) -> None:
    """Let the members go that no question reads any more."""
    with rows.translated_errors():
        known = list(Cohort.objects.values_list("project_id", "slug", "refreshed_at"))
    named = [f"{project} {slug}" for project, slug, _ in known]
    young = [f"{project} {slug}" for project, slug, at in known if at and at > now - YOUNG]
    cohorts.sweep(named, young)


def shape(cohort: Cohort) -> Mapping[str, Any]:
    kind = "list" if cohort.definition is None else "refreshed" if cohort.refresh_minutes else "static"
    return {
        "id": cohort.slug,
        "name": cohort.name,
        "kind": kind,
        "definition": cohort.definition,
        "refreshMinutes": cohort.refresh_minutes,
        "size": cohort.size,
        "refreshedAt": in_utc(cohort.refreshed_at),
        "failure": cohort.failure,
        "createdAt": in_utc(cohort.created_at),
        "updatedAt": in_utc(cohort.updated_at),
    }


def in_utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None
