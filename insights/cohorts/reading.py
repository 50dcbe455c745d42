"""What a request says of a cohort: its id and name, who is in it, and how often that is worked out again."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from analytics.models import ID, Cohort
from insights.asking.filter_reading import shown
from insights.asking.parameters import Given
from insights.cohorts import definition as cohort_definition
from insights.cohorts.definition import Part

MOST_IDS = 100_000
LONGEST_NAME = 255
LONGEST_ID = 10_000
LEAST_MINUTES, DEFAULT_MINUTES, MOST_MINUTES = 5, 60, 43_200


@dataclass(frozen=True)
class Wanted:
    """A cohort as it is to be, not saved yet; its members are a definition's, or those listed, or they stay."""

    cohort: Cohort
    definition: Part | None = None
    ids: Sequence[str] | None = None

    @property
    def members_stay(self) -> bool:
        return self.definition is None and self.ids is None


def read(given: Given, cohort: Cohort, *, is_whole: bool) -> Wanted:
    """Raises InvalidInput."""
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
    if part is not None or listed is not None:
        cohort.definition = definition
    return Wanted(cohort, part, listed)


def read_id(given: Given, raw: object) -> str:
    try:
        ID(raw)
    except ValidationError as wrong:
        given.problem("id", f"id cannot be {shown(raw)}. {wrong.messages[0]}")
    return str(raw)


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
