"""Rows of what is known about persons and groups: from what was said of them, and from events that name a profile."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

import msgspec
import xxhash

from ingestion.door.accepted import AcceptedChange, AcceptedEvent
from ingestion.enrichment.bots import is_bot, is_given_away
from ingestion.wire.fields import is_somebody

NINE_PLACES = Decimal("0.000000001")
MOST_NUMBER = Decimal(10) ** 20
EXACT = Context(prec=38)  # of the numbers below MOST_NUMBER, with nine places; Python's own have 28 digits
NOTHING = Decimal(0)

decode_json = msgspec.json.decode


class ProfileChangeRow(msgspec.Struct, gc=False):
    """One trait of a profile; times here and below are epoch milliseconds."""

    projectId: str
    profileId: str
    key: str
    changedAt: int
    receivedAt: int
    eventId: str
    kind: str
    value: str
    amount: Decimal


class GroupChangeRow(msgspec.Struct, gc=False):
    """One trait of a group."""

    projectId: str
    groupId: str
    key: str
    changedAt: int
    receivedAt: int
    eventId: str
    kind: str
    value: str
    amount: Decimal


class SightingRow(msgspec.Struct, gc=False):
    """Between which times a profile was seen."""

    projectId: str
    profileId: str
    firstSeenAt: int
    lastSeenAt: int


class LinkRow(msgspec.Struct, gc=False, frozen=True):
    """A device or an alias that is a profile's, since when."""

    projectId: str
    kind: str
    fromId: str
    toId: str
    linkedAt: int


class MemberRow(msgspec.Struct, gc=False):
    """A profile or a device that is in a group."""

    projectId: str
    groupId: str
    personKey: int
    profileId: str
    deviceId: str
    joinedAt: int


@dataclass
class Facts:
    """All of a chunk: what was said and refused nothing of, ready for its tables."""

    profile_changes: list[ProfileChangeRow] = field(default_factory=list)
    group_changes: list[GroupChangeRow] = field(default_factory=list)
    group_members: list[MemberRow] = field(default_factory=list)
    sightings: dict[tuple[str, str], SightingRow] = field(default_factory=dict)
    links: dict[tuple[str, str, str, str], int] = field(default_factory=dict)
    joined: dict[tuple[str, str, int], MemberRow] = field(default_factory=dict)

    def add_events(self, events: Iterable[AcceptedEvent]) -> None:
        """Persons' events, not bots'."""
        for event in events:
            if event.profile_id:
                self.see(event)
                self.link_device(event)
            if event.groups:
                self.join(event)

    def add_change(self, change: AcceptedChange) -> None:
        if change.profile_id:
            self.see(change)
        if change.kind == "identify":
            self.link_device(change)
        if change.kind == "alias":
            self.link("alias", change, change.alias)
        if change.kind in {"identify", "increment", "decrement"}:
            self.profile_changes += profile_changes(change)
        if change.kind == "group":
            self.group_changes += group_changes(change)
        if change.kind == "assign_group":
            self.group_members += members(change)

    def see(self, one: AcceptedEvent | AcceptedChange) -> None:
        at = one.created_ms
        key = (one.project_id, one.profile_id)
        row = self.sightings.get(key)
        if row is None:
            self.sightings[key] = SightingRow(*key, at, at)
        elif at < row.firstSeenAt:
            row.firstSeenAt = at
        elif at > row.lastSeenAt:
            row.lastSeenAt = at

    def link_device(self, one: AcceptedEvent | AcceptedChange) -> None:
        if one.device_id and not is_of_many(one):
            self.link("device", one, one.device_id)

    def join(self, event: AcceptedEvent) -> None:
        """One row a person and group, however many of the person's events name the group."""
        if not is_somebody(event.profile_id) and (event.profile_id or is_of_many(event)):
            return
        for row in members(event):
            known = self.joined.setdefault((row.projectId, row.groupId, row.personKey), row)
            known.joinedAt = min(known.joinedAt, row.joinedAt)
            if known is row:
                self.group_members.append(row)

    def link(self, kind: str, one: AcceptedEvent | AcceptedChange, from_id: str) -> None:
        key = (one.project_id, kind, from_id, one.profile_id)
        if key in self.links:
            self.links[key] = min(one.created_ms, self.links[key])
        elif (
            is_somebody(from_id)
            and is_somebody(one.profile_id)
            and not (kind == "alias" and from_id == one.profile_id)
        ):
            self.links[key] = one.created_ms

    def link_rows(self) -> list[LinkRow]:
        return [LinkRow(*key, linked_ms) for key, linked_ms in self.links.items()]


def is_of_many(one: AcceptedEvent | AcceptedChange) -> bool:
    """Whether a program sent it that speaks for many, and named no device: the device is then nobody's.

    One that poses as a browser shares the device of each person who has that browser at that address.
    """
    return one.is_cookieless and (is_bot(one.user_agent, False) or is_given_away(one.signals, one.user_agent))


def profile_changes(change: AcceptedChange) -> Iterator[ProfileChangeRow]:
    for parts in traits(change):
        yield ProfileChangeRow(change.project_id, change.profile_id, *parts)


def group_changes(change: AcceptedChange) -> Iterator[GroupChangeRow]:
    for group_id in change.groups:
        for parts in traits(change):
            yield GroupChangeRow(change.project_id, group_id, *parts)


def traits(change: AcceptedChange) -> Iterator[tuple[str, int, int, str, str, str, Decimal]]:
    """Key, times, event, kind, value, amount of each trait."""
    place = (change.created_ms, change.received_ms, change.event_id)
    for key, text in change.traits.items():
        if text is None:
            yield (key, *place, "remove", "", NOTHING)
        else:
            yield (key, *place, "set", text, number_in(text))
    for key, amount in change.added.items():
        yield (key, *place, "add", "", Decimal(amount))


def number_in(text: str) -> Decimal:
    """The number that a trait's JSON text is, also in quotes, to nine decimal places; 0 for what is none."""
    try:
        number = Decimal(str(decode_json(text)).strip()) if text[:1] in '"-0123456789' else NOTHING
        return number.quantize(NINE_PLACES, ROUND_HALF_EVEN, EXACT) if number.copy_abs() < MOST_NUMBER else NOTHING
    except InvalidOperation:  # no number, or NaN
        return NOTHING


def members(one: AcceptedEvent | AcceptedChange) -> Iterator[MemberRow]:
    profile_id, device_id = one.profile_id, "" if one.profile_id else one.device_id
    key = person_key("p", profile_id) if profile_id else person_key("d", device_id)
    for group_id in one.groups:
        yield MemberRow(one.project_id, group_id, key, profile_id, device_id, one.created_ms)


def person_key(kind: str, person_id: str) -> int:
    """The `personKey` that ClickHouse computes; the kind is `p` for a profile and `d` for a device."""
    return xxhash.xxh64_intdigest(f"{kind}{person_id}".encode())
