"""Retention in plain Python, cell by cell."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tests.insights.oracle import Event, Test, anything, local


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


def retention(events: Sequence[Event], start: int, end: int, ask: Triangle) -> dict[tuple[str, int], tuple[int, int]]:
    """(cohort's day, period number) to (retained, size), for all cohorts with anyone in them."""
    row = list(periods(start, end, ask.zone, ask.period))
    number = {day: at for at, day in enumerate(row)}
    persons: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.at):
        if event.at < end and (ask.cohort == "first_ever" or event.at >= start):
            persons[event.person].append(event)
    cohorts: dict[int, list[set[int]]] = defaultdict(list)
    for own in persons.values():

        def when(event: Event) -> int:
            return number[first_day(local(event.at, ask.zone).date(), ask.period)]

        starting = [event for event in own if ask.starts(event)]
        returned = {when(event) for event in own if ask.returns(event) and event.at >= start}
        if ask.cohort != "recurring":
            starting = starting[:1]
        for cohort in {when(event) for event in starting if event.at >= start}:
            cohorts[cohort].append(returned)
    return {
        (row[cohort].isoformat(), distance): (
            sum(is_retained(one, cohort, distance, ask.mode) for one in people),
            len(people),
        )
        for cohort, people in cohorts.items()
        for distance in range(len(row) - cohort)
    }


def is_retained(returned: set[int], cohort: int, distance: int, mode: str) -> bool:
    if distance == 0:
        return True
    if mode == "on":
        return cohort + distance in returned
    return any(period >= cohort + distance for period in returned)
