"""Retention in plain Python, cell by cell."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tests.insights.oracle import Event, Test, anything, local

Cell = tuple[str, int]  # the cohort's day, the period's number
Cells = dict[Cell, tuple[int, int]]  # how many came back, of how many


def periods(start: int, end: int, zone: str, period: str) -> Iterator[date]:
    """The first days of the periods that a range touches."""
    day = local(start, zone).date()
    last = local(end - 1, zone).date()
    while day <= last:
        if first_day(day, period) == day or day == local(start, zone).date():
            yield first_day(day, period)
        day += timedelta(days=1)


def first_day(day: date, period: str) -> date:
    match period:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
    return day


@dataclass(frozen=True)
class Triangle:
    zone: str
    period: str
    mode: str
    cohort: str
    starts: Test = anything
    returns: Test = anything
    minimum: int = 1
    value: Callable[[Event], str] = lambda event: ""


@dataclass(frozen=True)
class Member:
    """A person in a cohort: how they came into it, and when they came back."""

    person: str
    value: str
    cohort: int
    returned: frozenset[int]

    def is_retained(self, distance: int, mode: str) -> bool:
        if distance == 0:
            return True
        if mode == "on":
            return self.cohort + distance in self.returned
        return any(period >= self.cohort + distance for period in self.returned)


def members(events: Sequence[Event], start: int, end: int, ask: Triangle) -> Iterator[Member]:
    number = {day: at for at, day in enumerate(periods(start, end, ask.zone, ask.period))}
    persons: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda event: (event.at, ask.value(event))):
        if event.at < end and (ask.cohort == "first_ever" or event.at >= start):
            persons[event.person].append(event)
    for person, own in persons.items():

        def when(event: Event) -> int:
            return number[first_day(local(event.at, ask.zone).date(), ask.period)]

        starting = [event for event in own if ask.starts(event)]
        times = Counter(when(event) for event in own if ask.returns(event) and event.at >= start)
        returned = frozenset(period for period, count in times.items() if count >= ask.minimum)
        entered: dict[int, str] = {}
        for event in starting if ask.cohort == "recurring" else starting[:1]:
            if event.at >= start:
                entered.setdefault(when(event), ask.value(event))
        yield from (Member(person, value, cohort, returned) for cohort, value in entered.items())


def retention(events: Sequence[Event], start: int, end: int, ask: Triangle) -> Cells:
    """All cohorts with anyone in them."""
    row = list(periods(start, end, ask.zone, ask.period))
    return cells(list(members(events, start, end, ask)), row, ask.mode)


def cells(people: Sequence[Member], row: Sequence[date], mode: str) -> Cells:
    cohorts: dict[int, list[Member]] = defaultdict(list)
    for one in people:
        cohorts[one.cohort].append(one)
    return {
        (row[cohort].isoformat(), distance): (sum(one.is_retained(distance, mode) for one in those), len(those))
        for cohort, those in cohorts.items()
        for distance in range(len(row) - cohort)
    }


def by_value(events: Sequence[Event], start: int, end: int, ask: Triangle, top: int) -> dict[tuple[str, bool], Cells]:
    """(value, whether it stands for all the others) to its cells; the values with the largest cohorts, A before B."""
    row = list(periods(start, end, ask.zone, ask.period))
    found = list(members(events, start, end, ask))
    sizes = Counter(one.value for one in found)
    shown = sorted(sizes, key=lambda value: (-sizes[value], value))[:top]
    answer = {(value, False): cells([one for one in found if one.value == value], row, ask.mode) for value in shown}
    others = [one for one in found if one.value not in shown]
    return answer | ({("", True): cells(others, row, ask.mode)} if others else {})
