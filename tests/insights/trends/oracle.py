"""Trends in plain Python: what their answers are held against."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import floor, fsum

from tests.insights.oracle import Event, Test, bucket, local, sessions

Group = tuple[str, ...]
QUANTILES = {"median": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99}
KEYS: Mapping[str, Callable[[Event], str]] = {
    "country": lambda event: event.country,
    "path": lambda event: event.path,
    "properties.plan": lambda event: text_of(event, "properties.plan"),
}


def number_of(event: Event, property: str) -> float | None:
    if property == "revenue":
        return float(event.revenue) or None
    value = event.properties.get(property.removeprefix("properties."))
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def text_of(event: Event, property: str) -> str:
    value = event.properties.get(property.removeprefix("properties."), "")
    return str(value).lower() if isinstance(value, bool) else str(value)


def quantile(numbers: Iterable[float], level: float) -> float:
    ordered = sorted(numbers)
    if not ordered:
        return 0
    place = level * (len(ordered) - 1) + 1
    low = floor(place)
    below, above = ordered[low - 1], ordered[min(low, len(ordered) - 1)]
    return below + (place - low) * (above - below)


def measured(events: Sequence[Event], measure: str, property: str = "") -> float:
    persons = {event.person for event in events}
    if measure == "distinct":
        return len({text_of(event, property) for event in events} - {""})
    numbers = [number for event in events if (number := number_of(event, property)) is not None] if property else []
    if measure in QUANTILES:
        return quantile(numbers, QUANTILES[measure])
    found: Mapping[str, Callable[[], float]] = {
        "total": lambda: len(events),
        "unique": lambda: len(persons),
        "perUser": lambda: len(events) / len(persons) if persons else 0,
        "sum": lambda: fsum(numbers),
        "avg": lambda: fsum(numbers) / len(numbers) if numbers else 0,
        "min": lambda: min(numbers, default=0),
        "max": lambda: max(numbers, default=0),
    }
    return found[measure]()


@dataclass(frozen=True)
class Range:
    start: int
    end: int
    zone: str
    interval: str

    def labels(self) -> list[str]:
        return labels_of(self)

    def label(self, at: int) -> str:
        return bucket(at, self.zone, self.interval, local(self.start, self.zone).date())

    def holds(self, at: int) -> bool:
        return self.start <= at < self.end


@cache
def labels_of(within: Range) -> list[str]:
    """Found by looking at every minute, which takes long, and each line of an answer wants them."""
    step = 60_000 if within.interval in {"minute", "hour"} else 900_000
    moments = [within.start, *range(within.start - within.start % step + step, within.end, step)]
    return list(dict.fromkeys(within.label(at) for at in moments))


@dataclass(frozen=True)
class Wanted:
    measure: str
    property: str
    matches: Test


def line(
    events: Sequence[Event], within: Range, wanted: Wanted, *, cumulative: bool = False
) -> tuple[list[float], float]:
    """The number of each bucket, and that of the whole range."""
    labels = within.labels()
    if wanted.measure == "sessions":
        starts = [one.start for one in sessions(events) if any(wanted.matches(event) for event in one.events)]
        begun = [within.label(at) for at in starts if within.holds(at)]
        each = [begun.count(label) for label in labels]
        return [sum(each[: at + 1]) if cumulative else number for at, number in enumerate(each)], len(begun)
    inside: dict[str, list[Event]] = {label: [] for label in labels}
    for event in events:
        if within.holds(event.at) and wanted.matches(event):
            inside[within.label(event.at)].append(event)
    data, before = [], list[Event]()
    for label in labels:
        before = [*before, *inside[label]] if cumulative else inside[label]
        data.append(measured(before, wanted.measure, wanted.property))
    every = [event for label in labels for event in inside[label]]
    return data, measured(every, wanted.measure, wanted.property)


def groups(events: Sequence[Event], within: Range, series: Sequence[Wanted], names: Sequence[str]) -> list[Group]:
    """All groups that any series counts something in, the largest first."""
    found: set[Group] = set()
    for wanted in series:
        counted = (
            [event for one in sessions(events) if within.holds(one.start) for event in one.events]
            if wanted.measure == "sessions"
            else [event for event in events if within.holds(event.at)]
        )
        found |= {key(event, names) for event in counted if wanted.matches(event)}

    def size(group: Group) -> tuple[float, ...]:
        return tuple(-line(events, within, of_group(one, names, {group}))[1] for one in series)

    return sorted(found, key=lambda group: (size(group), group))


def key(event: Event, names: Sequence[str]) -> Group:
    return tuple(KEYS[name](event) for name in names)


def of_group(wanted: Wanted, names: Sequence[str], some: set[Group], *, others: bool = False) -> Wanted:
    """The same of the events in these groups, or of those in others."""
    return Wanted(
        wanted.measure,
        wanted.property,
        lambda event: wanted.matches(event) and (key(event, names) in some) != others,
    )
