"""What makes a person a member of a cohort: what they did, or did not, and what is known of them; combined."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from insights.asking import periods
from insights.asking.fields import COHORT, GROUP, PROFILE
from insights.asking.filter_reading import COMBINATIONS, MOST_DEPTH, shown
from insights.asking.filters import Condition, Filter
from insights.asking.parameters import BEGINNING, END, Given

MOST_CONDITIONS = 50
MOST_DAYS = 36_500
MOST_TIMES = 10**9
LONGEST = 200
KINDS = ("did", "didNot", "firstDid")
TIMES = ("atLeast", "atMost", "exactly")
PERIOD = ("days", "startDate", "endDate")
OF_PERSONS = (PROFILE, GROUP)
FORMS = (
    '{"did": "buy", "atLeast": 2, "days": 30}, {"didNot": "buy"}, {"firstDid": "buy", "days": 7}, '
    '{"field": "profile.plan", "value": "pro"}, {"and": […]}, {"or": […]} and {"not": …}'
)


@dataclass(frozen=True)
class Behaviour:
    """An event, or any where the name is empty, in [start, end): at least and at most so many times; or the person's
    first ones of all time in that range."""

    event: str
    filters: tuple[Condition, ...]
    start: datetime
    end: datetime
    least: int = 1
    most: int | None = None
    is_first: bool = False


@dataclass(frozen=True)
class Together:
    """`and`, `or` or `not` of parts."""

    kind: str
    parts: tuple["Part", ...]


Part = Behaviour | Filter | Together


def behaviours(part: Part) -> Iterator[Behaviour]:
    """All of them, in the order in which they stand."""
    if isinstance(part, Behaviour):
        yield part
    for inner in part.parts if isinstance(part, Together) else ():
        yield from behaviours(inner)


def holds_idle(part: Part) -> bool | None:
    """Is somebody a member who did nothing of what is asked? None where it depends on what is known of them."""
    if isinstance(part, Behaviour):
        return part.least == 0 and not part.is_first
    if isinstance(part, Filter):
        return None
    held = [holds_idle(inner) for inner in part.parts]
    if part.kind == "not":
        return None if held[0] is None else not held[0]
    decisive = part.kind == "or"
    if decisive in held:
        return decisive
    return None if None in held else not decisive


def read(given: Given, raw: object, where: str = "definition") -> Part | None:
    """None if something is wrong with it; relative periods are those of now."""
    part = read_part(given, raw, where)
    if part is not None and count(part) > MOST_CONDITIONS:
        given.problem(where, f"{where} holds too many conditions; at most {MOST_CONDITIONS} are allowed.")
        return None
    return part


def count(part: Part) -> int:
    return sum(count(one) for one in part.parts) if isinstance(part, Together) else 1


def read_part(given: Given, raw: object, where: str, depth: int = 1) -> Part | None:
    if isinstance(raw, Mapping):
        if len(raw) == 1 and (kind := next(iter(raw))) in COMBINATIONS:
            return read_together(given, kind, raw[kind], f"{where}.{kind}", depth)
        if kinds := [kind for kind in KINDS if kind in raw]:
            return read_behaviour(given, kinds[0], raw, where)
        if "field" in raw:
            return read_known(given, raw, where)
    given.problem(where, f"{where} cannot be {shown(raw)}; allowed: {FORMS}.")
    return None


def read_together(given: Given, kind: str, raw: object, where: str, depth: int) -> Together | None:
    parts = [raw] if kind == "not" else raw
    if not isinstance(parts, list) or not 1 <= len(parts) <= MOST_CONDITIONS or depth > MOST_DEPTH:
        needed = "a condition" if kind == "not" else f"a list of 1 to {MOST_CONDITIONS} conditions"
        given.problem(where, f"{where} needs {needed}, at most {MOST_DEPTH} deep.")
        return None
    wheres = [where] if kind == "not" else [f"{where}[{at}]" for at in range(len(parts))]
    read = [read_part(given, one, place, depth + 1) for one, place in zip(parts, wheres, strict=True)]
    found = tuple(one for one in read if one is not None)
    return Together(kind, found) if len(found) == len(parts) else None


def read_known(given: Given, raw: Mapping[str, object], where: str) -> Filter | None:
    """A filter on what is known of the person: a trait, a group or another cohort."""
    field = raw["field"]
    if not isinstance(field, str) or not (field == COHORT or field.startswith(OF_PERSONS)):
        allowed = f"profile.<trait>, group.<type>, {COHORT}; filters on events stand in a did"
        given.problem(f"{where}.field", f"field cannot be {shown(field)}; allowed: {allowed}.")
        return None
    read = given.filter_list([raw], where)
    return read[0] if read and isinstance(read[0], Filter) else None


def read_behaviour(given: Given, kind: str, raw: Mapping[str, object], where: str) -> Behaviour | None:
    allowed = {kind, "filters", *PERIOD, *(TIMES if kind == "did" else ())}
    if not set(raw) <= allowed:
        given.problem(where, f"{where} may have {', '.join(sorted(allowed))} and nothing else.")
        return None
    event = raw[kind]
    if not isinstance(event, str) or len(event) > LONGEST:
        given.problem(f"{where}.{kind}", f'{kind} needs the name of an event, or "" for any event.')
        return None
    start, end = read_period(given, raw, where)
    filters = given.filter_list(raw.get("filters"), f"{where}.filters")
    if kind == "didNot":
        return Behaviour(event, filters, start, end, 0, 0)
    if kind == "firstDid":
        return Behaviour(event, filters, start, end, is_first=True)
    return Behaviour(event, filters, start, end, *read_times(given, raw, where))


def read_times(given: Given, raw: Mapping[str, object], where: str) -> tuple[int, int | None]:
    """The least and the most times; once at least unless told."""
    times = {name: read_whole(given, raw[name], 0, MOST_TIMES, f"{where}.{name}") for name in TIMES if name in raw}
    if "exactly" in times and len(times) > 1:
        given.problem(where, f"{where} has exactly, so it cannot have atLeast or atMost.")
    if "exactly" in times:
        return times["exactly"], times["exactly"]
    least, most = times.get("atLeast", 0 if "atMost" in times else 1), times.get("atMost")
    if most is not None and most < least:
        given.problem(where, f"{where} cannot be done at least {least} and at most {most} times; swap the numbers.")
    return least, most


def read_period(given: Given, raw: Mapping[str, object], where: str) -> tuple[datetime, datetime]:
    """The last days, today included; or between dates; else all time."""
    if "days" in raw:
        if "startDate" in raw or "endDate" in raw:
            given.problem(where, f"{where} has days, so it cannot have startDate or endDate.")
        days = read_whole(given, raw["days"], 1, MOST_DAYS, f"{where}.days")
        today = periods.local_day(given.now, given.timezone)
        first = max(today - timedelta(days=days - 1), BEGINNING.date())
        return periods.day_start(first, given.timezone), periods.day_start(periods.next_day(today), given.timezone)
    start = read_moment(given, raw, "startDate", where, closing=False) or BEGINNING
    end = read_moment(given, raw, "endDate", where, closing=True) or END
    if end <= start:
        given.problem(f"{where}.endDate", "endDate is before startDate; swap them or widen the range.")
    return start, end


def read_moment(given: Given, raw: Mapping[str, object], name: str, where: str, *, closing: bool) -> datetime | None:
    return given.moment(raw.get(name), f"{where}.{name}", closing=closing)


def read_whole(given: Given, raw: object, low: int, high: int, where: str) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool) and low <= raw <= high:
        return raw
    given.problem(where, f"{where} cannot be {shown(raw)}; allowed: whole numbers from {low} to {high}.")
    return low
