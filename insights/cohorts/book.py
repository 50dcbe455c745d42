"""The book of cohorts: what they are made, changed and deleted by, and when they are worked out again."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from analytics import cohorts as rows
from analytics.directory import find_project
from analytics.models import ID, Cohort
from eventlens.api import InvalidInput, Problem, Unavailable
from eventlens.clickhouse import people
from eventlens.clickhouse.errors import ClickHouseError
from insights.asking.filter_reading import shown
from insights.asking.parameters import Given
from insights.cohorts import cohorts
from insights.cohorts import definition as cohort_definition

logger = logging.getLogger(__name__)

MOST_COHORTS = 1000
MOST_IDS = 100_000
LONGEST_NAME = 255
LONGEST_ID = 10_000
LEAST_MINUTES, DEFAULT_MINUTES, MOST_MINUTES = 5, 60, 43_200
REFRESH_SECONDS = 300
YOUNG = timedelta(minutes=10)
RETRY = timedelta(minutes=10)
FAILED_WRONG = "The definition is not valid any more: {}"
FAILED = "It could not be worked out: {}"


def read_id(given: Given, raw: object) -> str:
    try:
        ID(raw)
    except ValidationError as wrong:
        given.problem("id", f"id cannot be {shown(raw)}. {wrong.messages[0]}")
    return str(raw)


def change(given: Given, cohort: Cohort, *, is_whole: bool) -> Cohort:
    """Read what is to change, work out the members where they may be others, and save it. Raises InvalidInput."""
    definition, ids = given.value("definition"), given.value("ids")
    if isinstance(definition, str):
        definition = given.decoded(definition, "definition")
    part = cohort_definition.read(given, definition) if definition is not None else None
    listed = read_ids(given) if ids is not None else None
    if definition is not None and ids is not None:
        given.problem("ids", "Give a definition or a list of ids, not both.")
    if is_whole and definition is None and ids is None:
        given.problem("definition", f"Give a definition, or ids; allowed: {cohort_definition.FORMS}.")
    read_name(given, cohort, is_whole=is_whole)
    becomes_list = listed is not None or (definition is None and cohort.definition is None)
    read_minutes(given, cohort, is_list=becomes_list, is_whole=is_whole)
    given.check()
    if part is not None:
        cohort.definition = definition
        cohort.size = cohorts.work_out(cohorts.all_time(given), cohort.slug, part, query_seconds())
    elif listed is not None:
        cohort.definition = None
        cohort.size = cohorts.write_list(cohort.project_id, cohort.slug, listed)
    if part is not None or listed is not None:
        cohort.refreshed_at, cohort.failure = given.now, ""
    return saved(cohort)


def query_seconds() -> int:
    return int(settings.EVENTLENS.query_max_seconds)


def read_name(given: Given, cohort: Cohort, *, is_whole: bool) -> None:
    name = given.text("name")
    if (is_whole and not name) or len(name) > LONGEST_NAME:
        given.problem("name", f"Give the cohort a name of 1 to {LONGEST_NAME} characters.")
    cohort.name = name or cohort.name


def read_minutes(given: Given, cohort: Cohort, *, is_list: bool, is_whole: bool) -> None:
    default = (0 if is_list else DEFAULT_MINUTES) if is_whole else (0 if is_list else cohort.refresh_minutes)
    minutes = given.whole("refreshMinutes", default, 0, MOST_MINUTES)
    if 0 < minutes < LEAST_MINUTES:
        given.problem("refreshMinutes", f"Allowed: 0, never, or {LEAST_MINUTES} to {MOST_MINUTES} minutes.")
    if minutes and is_list:
        given.problem("refreshMinutes", "A list stays as it is; leave refreshMinutes out, or give a definition.")
    cohort.refresh_minutes = minutes


def read_ids(given: Given) -> list[str]:
    ids = given.items("ids")
    fits = [one for one in ids if isinstance(one, str) and 0 < len(one) <= LONGEST_ID]
    if not ids or len(ids) > MOST_IDS or len(fits) < len(ids):
        given.problem("ids", f"ids must be a list of 1 to {MOST_IDS} profile ids, each a text.")
    return fits


def saved(cohort: Cohort) -> Cohort:
    """Raises InvalidInput where the id was taken meanwhile."""
    cohort.due_at = None
    if cohort.refresh_minutes and cohort.refreshed_at:
        cohort.due_at = cohort.refreshed_at + timedelta(minutes=cohort.refresh_minutes)
    try:
        with rows.translated_errors(), transaction.atomic():
            cohort.save()
    except Unavailable as failed:
        if isinstance(failed.__cause__, IntegrityError):
            raise InvalidInput([Problem("id", "There is a cohort of this id; change it by PUT.")]) from failed
        raise
    return cohort


def refresh(cohort: Cohort, seconds: int, now: datetime) -> Cohort:
    """Work out the members again. Raises InvalidInput where the definition is not valid any more."""
    given = given_of(cohort, now)
    part = cohort_definition.read(given, cohort.definition)
    if part is None or given.problems:
        raise InvalidInput(given.problems)
    cohort.size = cohorts.work_out(cohorts.all_time(given), cohort.slug, part, seconds)
    cohort.refreshed_at, cohort.failure = now, ""
    return saved(cohort)


def given_of(cohort: Cohort, now: datetime) -> Given:
    project = find_project(cohort.project_id)
    zone = project.timezone if project else "UTC"
    return Given({}, cohort.project_id, zone, now, is_linked=people.has_links(cohort.project_id))


def delete(cohort: Cohort) -> None:
    """Its members are swept away later; without the row no question reads them."""
    with rows.translated_errors():
        cohort.delete()


def refresh_due(now: datetime, is_time_left: Callable[[], bool]) -> None:
    """The longest overdue first; one that fails is tried again later, and its last members stay."""
    for cohort in rows.due(now):
        if not is_time_left():
            return
        try:
            refresh(cohort, REFRESH_SECONDS, now)
        except InvalidInput as wrong:
            put_off(cohort, FAILED_WRONG.format(wrong.problems[0].message), now)
        except (ClickHouseError, Unavailable) as failed:
            logger.warning("The cohort %s of %s has to wait: %s", cohort.slug, cohort.project_id, failed)
            put_off(cohort, FAILED.format("the event store is away, or it takes too long."), now)


def put_off(cohort: Cohort, failure: str, now: datetime) -> None:
    cohort.failure, cohort.due_at = failure[:500], now + RETRY
    with rows.translated_errors():
        cohort.save(update_fields=["failure", "due_at"])


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
