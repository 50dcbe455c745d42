"""What a request asks, read and checked: every wrong parameter becomes a problem that says what is allowed."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import msgspec

from analytics import cohorts
from eventlens.api import InvalidInput, Problem
from insights.asking import periods
from insights.asking.filter_reading import FilterReader, shown
from insights.asking.filters import Condition, cohorts_of
from insights.asking.scope import MILLISECOND, Scope

DEFAULT_DAYS = 30
DEFAULT_LIMIT = 100
MOST_ROWS = 10_000
MOST_OFFSET = 10_000_000
MOST_PROBLEMS = 50  # told of one request: each repeats what is allowed
DAY = re.compile(r"\d{4}-\d\d-\d\d")
# A `+` that a client did not escape in an address arrives as a space.
LOST_PLUS = re.compile(r"(T[\d:.]+) (\d\d:?\d\d)$")
FIRST_YEAR, LAST_YEAR = 1970, 2199
DATES_ALLOWED = (
    f"allowed: a date (2024-01-31) or an ISO instant (2024-01-31T09:30:00Z), years {FIRST_YEAR} to {LAST_YEAR}"
)
BEGINNING, END = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 12, 31, tzinfo=UTC)
YES, NO = {"1", "true", "yes"}, {"0", "false", "no", ""}


class Given:
    """The parameters of one request, whichever way they came; reading one marks its name as known."""

    def __init__(
        self, values: Mapping[str, object], project: str, timezone: str, now: datetime, *, is_linked: bool = False
    ) -> None:
        self.values = values
        self.is_linked = is_linked
        self.project = project
        self.now = now
        self.problems: list[Problem] = []
        self.known: set[str] = set()
        self.filter_reader = FilterReader(self.problem)
        self.timezone = self.zone(timezone)

    def zone(self, name: str) -> ZoneInfo:
        try:
            return ZoneInfo(name)
        except (KeyError, OSError, ValueError):
            self.problem("timezone", f"The project's time zone {name!r} is unknown; set an IANA name in the admin.")
            return ZoneInfo("UTC")

    def ask_timezone(self) -> None:
        """Let the request name another time zone than the project's; read before the dates that it moves."""
        name = self.text("timezone")
        try:
            self.timezone = ZoneInfo(name) if name else self.timezone
        except (KeyError, OSError, ValueError):
            self.problem("timezone", f"There is no time zone {shown(name)}; allowed: IANA names (Europe/Berlin).")

    def problem(self, field: str, message: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(field, message))

    def check(self) -> None:
        """Raise InvalidInput with all problems found, unknown parameters and wrong patterns among them."""
        allowed = ", ".join(sorted(self.known))
        for name in islice((name for name in self.values if name not in self.known), MOST_PROBLEMS):
            self.problem(str(name), f"There is no parameter {shown(name)} here; allowed: {allowed}.")
        self.filter_reader.check_patterns()
        if self.problems:
            raise InvalidInput(self.problems)

    def value(self, name: str) -> object:
        """The value as given; None where it was left out or empty."""
        self.known.add(name)
        value = self.values.get(name)
        return None if value == "" else value

    def text(self, name: str, default: str = "") -> str:
        value = self.value(name)
        if value is None or isinstance(value, str):
            return value or default
        self.problem(name, f"{name} must be a text.")
        return default

    def choice(self, name: str, allowed: Iterable[str], default: str) -> str:
        value, options = self.value(name), tuple(allowed)
        if value is None:
            return default
        if isinstance(value, str) and value in options:
            return value
        self.problem(name, f"{name} cannot be {shown(value)}; allowed: {', '.join(options)}.")
        return default

    def choices(self, name: str, allowed: Iterable[str], default: tuple[str, ...]) -> tuple[str, ...]:
        """Several members of a vocabulary: a list, or one text with commas."""
        value, options = self.value(name), tuple(allowed)
        if value is None:
            return default
        chosen = value.split(",") if isinstance(value, str) else value
        if isinstance(chosen, list) and chosen and all(one in options for one in chosen):
            return tuple(dict.fromkeys(chosen))
        self.problem(name, f"{name} cannot be {shown(value)}; allowed: {', '.join(options)}, or several with commas.")
        return default

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        value = self.value(name)
        if value is None:
            return default
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.problem(name, f"{name} cannot be {shown(value)}; allowed: whole numbers from {low} to {high}.")
        return default

    def items(self, name: str) -> list[object]:
        """A JSON list, as text or already decoded; or one text with commas."""
        value = self.value(name)
        if isinstance(value, str):
            value = self.decoded(value, name) if value.lstrip().startswith("[") else value.split(",")
        return value if isinstance(value, list) else []

    def decoded(self, text: str, name: str) -> object:
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError as wrong:
            self.problem(name, f"{name} is not JSON: {wrong}.")
        except RecursionError:
            self.problem(name, f"{name} is nested too deeply; send flatter JSON.")
        return None

    def flag(self, name: str) -> bool:
        value = self.value(name)
        word = "" if value is None else str(value).lower()
        if word not in YES | NO:
            self.problem(name, f"{name} cannot be {shown(value)}; allowed: 1 or 0.")
        return word in YES

    def scope_of_all_time(self) -> Scope:
        """The same as `scope`; without dates everything."""
        return self.scope_of(
            self.day_or_instant("startDate", closing=False) or BEGINNING,
            self.day_or_instant("endDate", closing=True) or END,
        )

    def scope(self, rows: int = DEFAULT_LIMIT, most_rows: int = MOST_ROWS) -> Scope:
        """The range, filters and page of so many rows; without dates the last 30 days, today included."""
        end = self.day_or_instant("endDate", closing=True)
        if end is None:
            end = periods.day_start(periods.next_day(periods.local_day(self.now, self.timezone)), self.timezone)
        start = self.day_or_instant("startDate", closing=False)
        if start is None:
            last = periods.local_day(end - MILLISECOND, self.timezone)
            start = periods.day_start(last - timedelta(days=DEFAULT_DAYS - 1), self.timezone)
        return self.scope_of(start, end, rows, most_rows)

    def scope_of(
        self, start: datetime, end: datetime, rows: int = DEFAULT_LIMIT, most_rows: int = MOST_ROWS
    ) -> Scope:
        if end <= start and not any(problem.field in {"startDate", "endDate"} for problem in self.problems):
            self.problem("endDate", "endDate is before startDate; swap them or widen the range.")
        return Scope(
            self.project,
            self.timezone,
            start,
            end,
            self.filters("filters"),
            self.whole("limit", rows, 1, most_rows),
            self.whole("offset", 0, 0, MOST_OFFSET),
            self.is_linked,
        )

    def day_or_instant(self, name: str, *, closing: bool) -> datetime | None:
        """The instant at which a range opens, or closes: both dates count, so it closes just after `endDate`."""
        return self.moment(self.value(name), name, closing=closing)

    def moment(self, value: object, name: str, *, closing: bool) -> datetime | None:
        """The same of a value that stood somewhere; `name` says where."""
        if value is None:
            return None
        moment = moment_of(value, self.timezone, closing=closing) if isinstance(value, str) else None
        if moment is None:
            self.problem(name, f"{name} cannot be {shown(value)}; {DATES_ALLOWED}.")
        return moment

    def filters(self, name: str) -> tuple[Condition, ...]:
        return self.filter_list(self.value(name), name)

    def filter_list(self, raw: object, name: str) -> tuple[Condition, ...]:
        """A JSON list of filters, as text or already decoded; `name` says where it stood."""
        if raw is None:
            return ()
        found = self.filter_reader.read_list(self.decoded(raw, name) if isinstance(raw, str) else raw, name)
        self.check_cohorts(cohorts_of(found), name)
        return found

    def pattern(self, text: str, name: str) -> None:
        """A regular expression that stood somewhere else; `check` tells if it is none."""
        self.filter_reader.patterns.append((name, text))

    def check_cohorts(self, ids: Iterable[str], name: str) -> None:
        """Tell of those that are no cohorts of the project; where none is named nobody is asked."""
        if named := sorted(set(ids)):
            for unknown in cohorts.unknown(self.project, named):
                self.problem(name, f"There is no cohort {shown(unknown)}; see the list at /insights/…/cohorts.")


def moment_of(text: str, zone: ZoneInfo, *, closing: bool) -> datetime | None:
    """The instant, in UTC and whole milliseconds, that a range opens or closes at; None if the text is no date."""
    try:
        if DAY.fullmatch(text):
            day = date.fromisoformat(text)
            moment = periods.day_start(periods.next_day(day) if closing else day, zone)
            return moment if FIRST_YEAR <= day.year <= LAST_YEAR else None
        return instant_of(text, zone, closing=closing)
    except (ValueError, OverflowError):
        return None


def instant_of(text: str, zone: ZoneInfo, *, closing: bool) -> datetime | None:
    if not DAY.match(text) or "T" not in text:
        return None
    moment = datetime.fromisoformat(LOST_PLUS.sub(r"\1+\2", text))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    moment = moment.astimezone(UTC)
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    return moment + MILLISECOND if closing else moment
