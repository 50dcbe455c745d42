"""Lifecycle and stickiness in plain Python."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tests.insights.oracle import Event, Test, anything, local
from tests.insights.retention.oracle import first_day, periods


def lifecycle(
    events: Sequence[Event], start: int, end: int, zone: str, interval: str, matches: Test = anything
) -> list[dict[str, Any]]:
    """Every period that the range touches, as a whole."""
    born: dict[str, date] = {}
    active: dict[date, set[str]] = defaultdict(set)
    for event in sorted(events, key=lambda event: event.at):
        period = first_day(local(event.at, zone).date(), interval)
        born.setdefault(event.person, period)
        if matches(event):
            active[period].add(event.person)
    rows = []
    for period in periods(start, end, zone, interval):
        here, before = active[period], active[first_day(period - timedelta(days=1), interval)]
        new = {person for person in here if born[person] == period}
        rows.append(
            {
                "date": period.isoformat(),
                "new": len(new),
                "returning": len(here & before),
                "resurrecting": len(here - before - new),
                "dormant": len(before - here),
            }
        )
    return rows


def stickiness(
    events: Sequence[Event],
    start: int,
    end: int,
    zone: str,
    interval: str,
    matches: Test = anything,
    minimum: int = 1,
    maximum: int = 10**9,
) -> list[int]:
    """How many persons were active in 1, 2, … of the periods that the range touches."""
    times: Counter[tuple[str, date]] = Counter()
    for event in events:
        if start <= event.at < end and matches(event):
            times[event.person, first_day(local(event.at, zone).date(), interval)] += 1
    active = Counter(person for (person, _), count in times.items() if minimum <= count <= maximum)
    counts = Counter(active.values())
    return [counts[number] for number in range(1, len(list(periods(start, end, zone, interval))) + 1)]
