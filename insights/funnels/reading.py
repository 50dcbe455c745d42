"""What a funnel's request says: steps, window, exclusions and what else is to be told, read and checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from insights.asking.buckets import read_buckets
from insights.asking.dimensions import DIMENSIONS_ALLOWED, OF_COHORT, cohorts_among, is_dimension
from insights.asking.fields import GROUP, PROFILE
from insights.asking.filter_reading import shown
from insights.asking.parameters import Given
from insights.asking.scope import MILLISECOND, Scope
from insights.asking.vocabulary import INTERVALS
from insights.funnels.steps import MOST_EXCLUSIONS, MOST_RIVALRIES, MOST_STEPS, Exclusion, Step, count_rivalries

UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
MOST_DAYS = 3650
WINDOW = re.compile(r"(\d{1,9})(ms|s|m|h|d|w)")
ORDERS = ("ordered", "strict", "any")
PERSON, SESSION = "person", "session"
ENTITIES = f"{PERSON}, {SESSION}, {GROUP.rstrip('.')}:<type>"
OF_GROUP = "group:"
BREAKDOWN_OF = ("first", "last", "person")
MOST_BINS = 100
MOST_VALUES, DEFAULT_VALUES = 1000, 10
BY_PERSON_ONLY = (PROFILE, GROUP, OF_COHORT)


@dataclass(frozen=True)
class Breakdown:
    """A row for each of the `limit` most frequent values of a dimension; `of` says whose value it is."""

    dimension: str
    of: str = "first"
    limit: int = DEFAULT_VALUES
    other: bool = True


@dataclass(frozen=True)
class Params:
    """`window` is in milliseconds; without one it is the range's length."""

    scope: Scope
    steps: tuple[Step, ...]
    window: int
    order: str = "ordered"
    by: str = PERSON
    exclude: tuple[Exclusion, ...] = ()
    breakdown: Breakdown | None = None
    bins: int = 0
    interval: str = ""
    buckets: tuple[datetime, ...] = field(default=(), repr=False)
    now: datetime = field(default=datetime.max.replace(tzinfo=UTC), repr=False)


def read(given: Given) -> Params:
    asked = read_attempts(given)
    interval = given.choice("interval", INTERVALS, "")
    return Params(
        **asked,
        breakdown=read_breakdown(given),
        bins=given.whole("bins", 0, 1, MOST_BINS),
        interval=interval,
        buckets=read_buckets(given, asked["scope"], interval, "interval") if interval else (),
        now=given.now,
    )


def read_attempts(given: Given) -> dict[str, Any]:
    """What says who took which steps, whatever is told of it."""
    scope = given.scope()
    steps = read_steps(given)
    order, by = given.choice("order", ORDERS, "ordered"), read_entity(given)
    if not given.problems and count_rivalries(steps) > MOST_RIVALRIES:
        given.problem("steps", "Too many steps ask for one event with different filters; use fewer of those.")
    return {
        "scope": scope,
        "steps": steps,
        "window": read_window(given, scope),
        "order": order,
        "by": by,
        "exclude": read_exclusions(given, len(steps)),
    }


def read_entity(given: Given) -> str:
    by = given.text("by", PERSON)
    if by in (PERSON, SESSION) or (by.startswith(OF_GROUP) and by != OF_GROUP):
        return by
    given.problem("by", f"by cannot be {shown(by)}; allowed: {ENTITIES}.")
    return PERSON


def read_window(given: Given, scope: Scope) -> int:
    text = given.text("window")
    if not text:
        return max(1, (scope.end - scope.start) // MILLISECOND)
    match = WINDOW.fullmatch(text)
    if match is None or int(match[1]) == 0:
        given.problem("window", f"window cannot be {shown(text)}; allowed: a number and ms, s, m, h, d or w (30m).")
        return 1
    window = int(match[1]) * UNITS[match[2]]
    if window > MOST_DAYS * UNITS["d"]:
        given.problem("window", f"window cannot be {shown(text)}; at most {MOST_DAYS} days are allowed.")
        return 1
    return window


def read_steps(given: Given) -> tuple[Step, ...]:
    raw = given.items("steps")
    if not 2 <= len(raw) <= MOST_STEPS:
        given.problem("steps", f"Give 2 to {MOST_STEPS} steps, each an event name or {{name, filters}}.")
        return ()
    return tuple(read_step(given, one, f"steps[{index}]") for index, one in enumerate(raw))


def read_step(given: Given, raw: object, where: str) -> Step:
    name, filters = (raw.get("name"), raw.get("filters")) if isinstance(raw, dict) else (raw, None)
    if isinstance(raw, dict) and not set(raw) <= {"name", "filters"}:
        given.problem(where, "A step has a name and filters; nothing else is allowed.")
    if not isinstance(name, str) or not name:
        given.problem(where, "A step is an event name or {name, filters}; give it a name.")
        return Step("")
    return Step(name, given.filter_list(filters, f"{where}.filters"))


def read_exclusions(given: Given, steps: int) -> tuple[Exclusion, ...]:
    if given.value("exclude") is None:
        return ()
    raw = given.items("exclude")
    if not 1 <= len(raw) <= MOST_EXCLUSIONS:
        given.problem("exclude", f"exclude is a list of 1 to {MOST_EXCLUSIONS} {{name, filters, fromStep, toStep}}.")
        return ()
    return tuple(read_exclusion(given, one, f"exclude[{index}]", steps) for index, one in enumerate(raw))


def read_exclusion(given: Given, raw: object, where: str, steps: int) -> Exclusion:
    one: Mapping[str, Any] = raw if isinstance(raw, dict) else {"name": raw}
    if not set(one) <= {"name", "filters", "fromStep", "toStep"}:
        given.problem(where, "An exclusion has name, filters, fromStep and toStep; nothing else is allowed.")
    if not isinstance(one.get("name"), str) or not one["name"]:
        given.problem(where, "An exclusion is an event name or {name, filters, fromStep, toStep}; give it a name.")
        return Exclusion("", (), 1, 2)
    first, last = one.get("fromStep", 1), one.get("toStep", max(steps, 2))
    if not (is_step(first) and is_step(last) and 1 <= first < last <= max(steps, 2)):
        given.problem(where, f"fromStep and toStep are numbers of steps, 1 to {steps}, fromStep the smaller.")
        return Exclusion("", (), 1, 2)
    return Exclusion(one["name"], given.filter_list(one.get("filters"), f"{where}.filters"), first, last)


def is_step(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def read_breakdown(given: Given) -> Breakdown | None:
    raw = given.value("breakdown")
    if raw is None:
        return None
    if isinstance(raw, str):
        raw = given.decoded(raw, "breakdown") if raw.lstrip().startswith("{") else {"dimension": raw}
    if not isinstance(raw, dict) or not set(raw) <= {"dimension", "of", "limit", "other"}:
        given.problem("breakdown", "breakdown is a dimension or {dimension, of, limit, other}.")
        return None
    part = Given(raw, given.project, given.timezone.key, given.now)
    found = Breakdown(
        str(raw.get("dimension", "")),
        part.choice("of", BREAKDOWN_OF, "first"),
        part.whole("limit", DEFAULT_VALUES, 1, MOST_VALUES),
        part.flag("other") if "other" in raw else True,
    )
    for problem in part.problems:
        given.problem(f"breakdown.{problem.field}", problem.message)
    return found if is_known(given, found) else None


def is_known(given: Given, asked: Breakdown) -> bool:
    where, name = "breakdown.dimension", asked.dimension
    given.check_cohorts(cohorts_among([name]), where)
    if not is_dimension(name):
        given.problem(where, f"There is no dimension {shown(name)}; allowed: {DIMENSIONS_ALLOWED}.")
    elif asked.of == "person" and not name.startswith(BY_PERSON_ONLY):
        of_persons = "profile.<trait>, group.<type> and cohort.<id>"
        given.problem(where, f"{shown(name)} is of an event; of a person there are {of_persons}.")
    else:
        return True
    return False
