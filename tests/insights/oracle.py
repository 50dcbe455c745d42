"""The same numbers in plain Python, from a list of events: what the answers of ClickHouse are held against.

It shares no code with the product. Times are milliseconds since 1970, ranges [start, end).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import mean
from typing import Any
from zoneinfo import ZoneInfo

TIMEOUT = 30 * 60 * 1000


@dataclass(frozen=True)
class Event:
    """One event; `order` is that of arrival."""

    at: int
    name: str = "page_view"
    device: str = "d"
    profile: str = ""
    session: str = ""
    path: str = ""
    interactive: bool = False
    country: str = ""
    browser: str = ""
    referrer_name: str = ""
    channel: str = ""
    utm_source: str = ""
    revenue: Decimal = Decimal(0)
    properties: dict[str, Any] = field(default_factory=dict)
    order: int = 0

    @property
    def is_view(self) -> bool:
        return self.name in {"page_view", "screen_view", "pageview", "$pageview"}

    @property
    def person(self) -> str:
        return f"p{self.profile}" if self.profile else f"d{self.device}"

    @property
    def lane(self) -> str:
        return f"s{self.session}" if self.session else f"d{self.device}"


@dataclass(frozen=True)
class Session:
    events: tuple[Event, ...]

    @property
    def start(self) -> int:
        return self.events[0].at

    @property
    def end(self) -> int:
        return self.events[-1].at

    @property
    def views(self) -> list[Event]:
        return [event for event in self.events if event.is_view]

    @property
    def entry(self) -> str:
        return self.views[0].path if self.views else ""

    @property
    def exit(self) -> str:
        return self.views[-1].path if self.views else ""

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / 1000

    @property
    def bounced(self) -> bool:
        return len(self.views) < 2 and not any(event.interactive for event in self.events)

    @property
    def person(self) -> str:
        return next((event.person for event in self.events if event.profile), self.events[0].person)


Test = Callable[[Event], bool]


def anything(event: Event) -> bool:
    return True


def sessions(events: Iterable[Event], timeout: int = TIMEOUT) -> list[Session]:
    lanes: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda event: (event.at, event.order)):
        lanes[event.lane].append(event)
    found = []
    for lane in lanes.values():
        current = [lane[0]]
        for event in lane[1:]:
            if not event.session and event.at - current[-1].at > timeout:
                found.append(Session(tuple(current)))
                current = []
            current.append(event)
        found.append(Session(tuple(current)))
    return found


def average(values: Iterable[float]) -> float:
    values = list(values)
    return mean(values) if values else 0


def overview(
    events: Sequence[Event],
    start: int,
    end: int,
    matches: Test = anything,
    entered: Callable[[str], bool] | None = None,
) -> dict[str, Any]:
    """`entered` tests the entry path of sessions, under a filter on path."""
    inside = [event for event in events if start <= event.at < end and matches(event)]
    visits = [
        one for one in sessions(events) if start <= one.start < end and any(matches(event) for event in one.events)
    ]
    entering = [one for one in visits if entered is None or entered(one.entry)]
    return {
        "uniqueVisitors": len({event.person for event in inside}),
        "totalSessions": len(visits),
        "totalScreenViews": sum(event.is_view for event in inside),
        "totalEvents": len(inside),
        "avgSessionDuration": average(one.seconds for one in visits),
        "bounceRate": 100 * average(one.bounced for one in entering),
        "viewsPerSession": average(len(one.views) for one in visits),
        "revenue": sum((event.revenue for event in inside), Decimal(0)),
    }


def local(at: int, zone: str) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)).astimezone(ZoneInfo(zone))


def bucket(at: int, zone: str, interval: str, first: date) -> str:
    """The label of the bucket that an instant falls into; `first` is the range's first day."""
    moment = local(at, zone)
    match interval:
        case "minute":
            return moment.replace(second=0, microsecond=0).isoformat()
        case "hour":
            return moment.replace(minute=0, second=0, microsecond=0).isoformat()
        case "week":
            return max(first, moment.date() - timedelta(days=moment.weekday())).isoformat()
        case "month":
            return max(first, moment.date().replace(day=1)).isoformat()
    return moment.date().isoformat()


def timeseries(
    events: Sequence[Event], start: int, end: int, zone: str, interval: str, matches: Test = anything
) -> list[dict[str, Any]]:
    """Walks through the range in steps no longer than any bucket, and asks for each label's events alone."""
    first = local(start, zone).date()
    step = 60_000 if interval in {"minute", "hour"} else 900_000
    spans: dict[str, tuple[int, int]] = {}
    at = start
    while at < end:
        label = bucket(at, zone, interval, first)
        following = min(end, at - at % step + step)
        spans[label] = (spans.get(label, (at, 0))[0], following)
        at = following
    return [{"date": label, **overview(events, low, high, matches)} for label, (low, high) in spans.items()]


def pages(events: Sequence[Event], start: int, end: int, matches: Test = anything) -> dict[str, dict[str, Any]]:
    asked: dict[str, list[tuple[Event, float]]] = defaultdict(list)
    for one in sessions(events):
        views = sorted(one.views, key=lambda event: (event.at, event.order))
        ends = [*(view.at for view in views[1:]), one.end]
        for view, until in zip(views, ends, strict=True) if views else ():
            if start <= view.at < end and matches(view):
                asked[view.path].append((view, (until - view.at) / 1000))
    entries: dict[str, list[bool]] = defaultdict(list)
    for one in sessions(events):
        if start <= one.start < end and one.views and any(matches(event) for event in one.events):
            entries[one.entry].append(one.bounced)
    return {
        path: {
            "path": path,
            "views": len(seen),
            "uniqueVisitors": len({view.person for view, _ in seen}),
            "avgDuration": average(seconds for _, seconds in seen),
            "bounceRate": 100 * average(entries[path]),
        }
        for path, seen in asked.items()
    }


def grouped_sessions(
    events: Sequence[Event], start: int, end: int, key: Callable[[Session], Any], matches: Test = anything
) -> dict[Any, dict[str, Any]]:
    groups: dict[Any, list[Session]] = defaultdict(list)
    for one in sessions(events):
        if start <= one.start < end and any(matches(event) for event in one.events):
            groups[key(one)].append(one)
    return {
        value: {
            "visits": len(ones),
            "uniqueVisitors": len({one.person for one in ones}),
            "avgDuration": average(one.seconds for one in ones),
            "bounceRate": 100 * average(one.bounced for one in ones),
        }
        for value, ones in groups.items()
    }


def grouped_events(
    events: Sequence[Event], start: int, end: int, key: Callable[[Event], Any], matches: Test = anything
) -> dict[Any, tuple[int, int]]:
    """Value to (events, persons)."""
    groups: dict[Any, list[Event]] = defaultdict(list)
    for event in events:
        if start <= event.at < end and matches(event):
            groups[key(event)].append(event)
    return {value: (len(ones), len({one.person for one in ones})) for value, ones in groups.items()}
