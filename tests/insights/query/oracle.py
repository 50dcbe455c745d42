"""Metrics by dimensions in plain Python: what the answers of the query are held against."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from tests.insights.oracle import Event, Session, Test, anything, average, bucket, local, sessions

Key = tuple[Any, ...]
Pair = tuple[Event, Session]

OF_EVENTS: dict[str, Callable[[Event], str]] = {
    "path": lambda event: event.path,
    "country": lambda event: event.country,
    "name": lambda event: event.name,
    "properties.plan": lambda event: written(event.properties.get("plan", "")),
    "deviceId": lambda event: event.device,
}
OF_SESSIONS: dict[str, Callable[[Session], str]] = {
    "entryPath": lambda one: one.entry,
    "exitPath": lambda one: one.exit,
    "session.channel": lambda one: one.events[0].channel,
    "session.utmSource": lambda one: one.events[0].utm_source,
}


def written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def values(dimensions: Sequence[str], event: Event, one: Session, at: int, zone: str, start: int) -> Key:
    """The group of an event of a session; `at` is the time that counts."""
    first = local(start, zone).date()
    return tuple(
        OF_EVENTS[name](event)
        if name in OF_EVENTS
        else OF_SESSIONS[name](one)
        if name in OF_SESSIONS
        else bucket(at, zone, name.removeprefix("time:"), first)
        for name in dimensions
    )


def query(
    events: Sequence[Event],
    start: int,
    end: int,
    dimensions: Sequence[str],
    zone: str = "UTC",
    matches: Test = anything,
    entered: Callable[[str], bool] | None = None,
    goal: Test = anything,
) -> dict[Key, dict[str, Any]]:
    happened: dict[Key, list[Event]] = defaultdict(list)
    visits: dict[Key, list[Session]] = defaultdict(list)
    for one in sessions(events):
        for event in filter(matches, one.events):
            if start <= event.at < end:
                happened[values(dimensions, event, one, event.at, zone, start)].append(event)
            key = values(dimensions, event, one, one.start, zone, start)
            if start <= one.start < end and one not in visits[key]:
                visits[key].append(one)
    keys = {key for key, ones in happened.items() if ones} | {key for key, ones in visits.items() if ones}
    return {
        key: {
            **of_events(happened[key], goal),
            **of_sessions(visits[key], dict(zip(dimensions, key, strict=True)).get("path"), entered),
        }
        for key in keys
    }


def of_events(events: Sequence[Event], goal: Test) -> dict[str, Any]:
    reached = [event for event in events if goal(event)]
    paid = [event for event in events if event.revenue > 0]
    persons, converted = {event.person for event in events}, {event.person for event in reached}
    return {
        "uniqueVisitors": len(persons),
        "totalScreenViews": sum(event.is_view for event in events),
        "totalEvents": len(events),
        "revenue": sum((event.revenue for event in events), Decimal(0)),
        "orders": len(paid),
        "payingVisitors": len({event.person for event in paid}),
        "averageOrderValue": average(float(event.revenue) for event in paid),
        "conversions": len(reached),
        "convertedVisitors": len(converted),
        "conversionRevenue": sum((event.revenue for event in reached), Decimal(0)),
        "conversionRate": 100 * len(converted) / len(persons) if persons else 0,
    }


def of_sessions(visits: Sequence[Session], path: str | None, entered: Callable[[str], bool] | None) -> dict[str, Any]:
    def counts(end: str) -> bool:
        return (path is None or end == path) and (entered is None or entered(end))

    return {
        "totalSessions": len(visits),
        "avgSessionDuration": average(one.seconds for one in visits),
        "bounceRate": 100 * average(one.bounced for one in visits if counts(one.entry)),
        "viewsPerSession": average(len(one.views) for one in visits),
        "entrances": sum(bool(one.views) and counts(one.entry) for one in visits),
        "exits": sum(bool(one.views) and counts(one.exit) for one in visits),
    }
