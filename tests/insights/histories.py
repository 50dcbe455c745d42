"""Histories of events: how tests make them, and how they get into ClickHouse."""

import itertools
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import xxhash

from eventlens.clickhouse import client
from ingestion.log import lanes
from ingestion.rollups import sessions
from insights.asking.filters import Filter
from insights.asking.scope import Scope
from tests.insights import oracle
from tests.insights.oracle import Event

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
numbers = itertools.count()


def moment(at: int) -> datetime:
    return EPOCH + timedelta(milliseconds=at)


def at(text: str) -> int:
    """`2024-01-31T10:00` (UTC unless it says otherwise) in milliseconds since 1970."""
    parsed = datetime.fromisoformat(text)
    parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return (parsed - EPOCH) // timedelta(milliseconds=1)


def scope(
    project: str, start: int, end: int, zone: str = "UTC", filters: Sequence[Filter] = (), **page: int
) -> Scope:
    return Scope(project, ZoneInfo(zone), moment(start), moment(end), tuple(filters), **page)


def new_project() -> str:
    """A project id of its own for each history, so that none has to be emptied."""
    return f"project-{next(numbers)}-{uuid.uuid4().hex[:12]}"


def stored(events: Sequence[Event], project: str = "") -> str:
    """Store the events and the sessions that they make; returns their project."""
    project = project or new_project()
    if events:
        client.insert("events", columns(project, events), token=f"{project}{next(numbers)}")
        client.insert("sessions", session_columns(project, events), token=f"{project}{next(numbers)}")
    return project


def rolled_up(events: Sequence[Event], project: str = "") -> str:
    """The same by the product's own rollup."""
    project = project or new_project()
    client.insert("events", columns(project, events), token=project)
    touched = lanes.touched_lanes((project, one.session, one.device, one.at) for one in events)
    spans = touched[project].items()
    sessions.cut({project: [lanes.Lane(key, low, high) for key, (low, high) in spans]})
    return project


def session_columns(project: str, events: Sequence[Event]) -> dict[str, list[Any]]:
    found = oracle.sessions(events)
    firsts = [one.events[0] for one in found]
    return {
        "projectId": [project] * len(found),
        "sessionKey": [hashed(one.lane) for one in firsts],
        "personKey": [hashed(one.person) for one in found],
        "startedAt": [moment(one.start) for one in found],
        "endedAt": [moment(one.end) for one in found],
        "duration": [one.seconds for one in found],
        "events": [len(one.events) for one in found],
        "screenViews": [len(one.views) for one in found],
        "isBounce": [int(one.bounced) for one in found],
        "entryPath": [one.entry for one in found],
        "exitPath": [one.exit for one in found],
        "referrerName": [one.referrer_name for one in firsts],
        "referrerType": ["search" if one.referrer_name else "direct" for one in firsts],
        "channel": [one.channel for one in firsts],
        "utmSource": [one.utm_source for one in firsts],
        "version": [1] * len(found),
    }


def hashed(text: str) -> int:
    """As ClickHouse's xxHash64 does it."""
    return xxhash.xxh64_intdigest(text.encode())


def columns(project: str, events: Sequence[Event]) -> dict[str, list[Any]]:
    return {
        "projectId": [project] * len(events),
        "name": [one.name for one in events],
        "createdAt": [moment(one.at) for one in events],
        "receivedAt": [moment(one.order) for one in events],
        "eventId": [f"{one.order:09}" for one in events],
        "deviceId": [one.device for one in events],
        "profileId": [one.profile for one in events],
        "sessionId": [one.session for one in events],
        "path": [one.path for one in events],
        "isScreenView": [int(one.is_view) for one in events],
        "isInteractive": [int(one.interactive) for one in events],
        "country": [one.country for one in events],
        "browser": [one.browser for one in events],
        "referrerName": [one.referrer_name for one in events],
        "referrerType": ["search" if one.referrer_name else "direct" for one in events],
        "channel": [one.channel for one in events],
        "utmSource": [one.utm_source for one in events],
        "revenue": [one.revenue for one in events],
        "properties": [{key: text(value) for key, value in one.properties.items()} for one in events],
        "numbers": [
            {key: float(value) for key, value in one.properties.items() if not isinstance(value, str | bool)}
            for one in events
        ],
    }


def text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
