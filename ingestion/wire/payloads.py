"""The payloads of what clients send, one struct a kind; unknown fields are ignored."""

from typing import Any

import msgspec

from ingestion.wire.fields import Id
from ingestion.wire.moments import Sent


class TrackPayload(msgspec.Struct, gc=False):
    """One event as its sender describes it; unknown fields are ignored."""

    name: str
    deviceId: Id = None
    profileId: Id = None
    sessionId: Id = None
    eventId: Id = None
    timestamp: Sent | None = None
    sentAt: Sent | None = None
    path: str | None = None
    referrer: str | None = None
    title: str | None = None
    revenue: str | int | float | None = None
    currency: str | None = None
    interactive: bool | None = None
    properties: dict[str, Any] | None = None
    groups: list[Id] | None = None


class PersonPayload(msgspec.Struct, kw_only=True, gc=False):
    """What everything that is said about a person may hold."""

    profileId: Id = None
    deviceId: Id = None
    sessionId: Id = None
    eventId: Id = None
    timestamp: Sent | None = None
    sentAt: Sent | None = None


class IdentifyPayload(PersonPayload, kw_only=True):
    """Who somebody is; every field that has no meaning of its own is a trait."""

    properties: dict[str, Any] | None = None


class CountPayload(PersonPayload, kw_only=True):
    """A number of a person that goes up or down."""

    property: str
    value: str | int | float | None = None


class AliasPayload(PersonPayload, kw_only=True):
    """Another id of a person."""

    alias: Id = None


class GroupPayload(PersonPayload, kw_only=True):
    """What a group is like."""

    id: Id = None
    type: str
    name: str | None = None
    properties: dict[str, Any] | None = None


class AssignGroupPayload(PersonPayload, kw_only=True):
    """Which groups a person, or a device, belongs to."""

    groupIds: list[Id]


class ReplayPayload(PersonPayload, kw_only=True):
    """A piece of a recording; what it holds is not looked at."""
