"""From what a client sent to an event that may be let in: checked against the limits, timed, made flat."""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache
from typing import cast

import msgspec

from analytics.directory import ProjectRecord
from eventlens.api import Problem
from eventlens.limits import limits
from ingestion.door.accepted import AcceptedChange, AcceptedEvent
from ingestion.wire import changes, moments, properties
from ingestion.wire.contract import Item, TrackItem
from ingestion.wire.fields import event_ids, identifier, without_nul
from ingestion.wire.moments import Sent
from ingestion.wire.payloads import TrackPayload
from ingestion.wire.refusal import Refused

LONGEST_NAME = 200
RESERVED_NAMES = frozenset({"session_start", "session_end"})
CURRENCY = re.compile(r"[A-Za-z]{3}")
DATA = frozenset("dD")
CENTS = Decimal("0.0001")
MOST_REVENUE = Decimal(10) ** 14
# Shared by all events that have none; nobody writes into an event's parts.
NO_TEXTS: dict[str, str] = {}
NO_NUMBERS: dict[str, float] = {}
NOT_LIFTED: dict[str, str] = {}
NO_GROUPS: list[str] = []


class Sender(msgspec.Struct, frozen=True):
    """What the request itself says about where its events come from."""

    received_ms: int
    address: str = ""
    user_agent: str = ""
    sdk_name: str = ""
    sdk_version: str = ""
    by_secret: bool = False
    sent_at: Sent | None = None  # of a whole batch
    signals: str = ""  # what else the headers of a request without a secret tell
    event_ids: Iterator[str] = iter(())  # for those that have none

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "event_ids", event_ids(self.received_ms))


class Draft(msgspec.Struct, frozen=True, gc=False):
    """An event that waits at the door; one without `device_id` gets a cookie-less one there."""

    event: AcceptedEvent | AcceptedChange
    address: str  # the visitor's in full, for the device only; what may be kept of it is in the event
    has_own_id: bool  # whether the client named the event, so that it can send it again
    is_adjusted: bool
    raw: bytes


def draft(item: TrackItem | Item, project: ProjectRecord, sender: Sender) -> Draft:
    """Raises Refused, with the field at fault."""
    payload = item.payload
    if isinstance(payload, TrackPayload):
        return event_draft(payload, item.raw, project, sender)
    return change_draft(cast(Item, item), project, sender)


def change_draft(item: Item, project: ProjectRecord, sender: Sender) -> Draft:
    """Something that is said about a person or a group."""
    change, is_adjusted = changes.change(item, project.id, sender.received_ms, sender.sent_at)
    change = replace(change, user_agent=sender.user_agent, by_backend=sender.by_secret, signals=sender.signals)
    return Draft(change, sender.address, bool(item.payload.eventId), is_adjusted, item.raw)


def event_draft(payload: TrackPayload, raw: bytes, project: ProjectRecord, sender: Sender) -> Draft:
    """What most events lack is not asked for: this is the longest part of an event's way."""
    texts, numbers, lifted = NO_TEXTS, NO_NUMBERS, NOT_LIFTED
    if payload.properties:
        texts, numbers, has_prefix = properties.flatten(payload.properties)
        if has_prefix:
            lifted = properties.lift(texts, numbers)
    created_ms, is_adjusted = sender.received_ms, False
    if payload.timestamp is not None or lifted:
        created_ms, is_adjusted = moment(payload, lifted, project, sender)
    revenue, currency = None, ""
    if payload.revenue is not None or payload.currency or lifted:
        revenue, currency = money(payload, lifted)
    address = visitor_address(lifted, sender) if lifted else sender.address
    event_id = identifier(payload.eventId, "eventId") if payload.eventId is not None else ""
    device_id = identifier(payload.deviceId, "deviceId") if payload.deviceId is not None else ""
    # By position, in the order of the fields, which never changes: names would take a fifth of the whole function.
    event = AcceptedEvent(
        project.id,
        event_id or next(sender.event_ids),
        device_id or (identifier(lifted.get("deviceId"), "deviceId") if lifted else ""),
        identifier(payload.sessionId, "sessionId") if payload.sessionId is not None else "",
        identifier(payload.profileId, "profileId") if payload.profileId is not None else "",
        event_name(payload.name),
        created_ms,
        sender.received_ms,
        sender.by_secret,
        page(payload, lifted) if payload.path or lifted else "",
        text(payload.referrer or lifted.get("referrer"), "referrer") if payload.referrer or lifted else "",
        text(payload.title or lifted.get("title"), "title") if payload.title or lifted else "",
        revenue,
        currency,
        payload.interactive,
        texts,
        numbers,
        sender.user_agent,
        kept_address(address, project.address_policy),
        sender.sdk_name,
        sender.sdk_version,
        overrides(lifted) if lifted else lifted,
        False,  # the door says so of devices that it makes
        changes.event_groups(payload.groups) if payload.groups else NO_GROUPS,
        sender.signals,
    )
    return Draft(event, address, bool(event_id), is_adjusted, raw)


def moment(
    payload: TrackPayload, lifted: Mapping[str, str], project: ProjectRecord, sender: Sender
) -> tuple[int, bool]:
    """The time to store, and whether it had to be adjusted."""
    at = moments.happened(
        payload.timestamp if payload.timestamp is not None else lifted.get("timestamp"),
        payload.sentAt if payload.sentAt is not None else sender.sent_at,
        sender.received_ms,
    )
    return moments.settled(at, sender.received_ms, project.retention_days)


def draft_all(
    items: Iterable[TrackItem | Item | Refused], project: ProjectRecord, sender: Sender
) -> tuple[dict[int, Draft], dict[int, Problem]]:
    """The good items of a batch and the problems of the others, each by its position."""
    good: dict[int, Draft] = {}
    rejected: dict[int, Problem] = {}
    for index, item in enumerate(items):
        try:
            if isinstance(item, TrackItem):
                good[index] = event_draft(item.payload, item.raw, project, sender)
            elif isinstance(item, Refused):
                raise item
            else:
                good[index] = draft(item, project, sender)
        except Refused as refused:
            rejected[index] = refused.problem
    return good, rejected


@lru_cache(maxsize=4096)
def event_name(name: str) -> str:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise Refused(Problem("payload.name", f"A name has 1 to {LONGEST_NAME} characters."))
    if name in RESERVED_NAMES:
        message = f"{name} is reserved: sessions come from the times of the events. Choose another name."
        raise Refused(Problem("payload.name", message))
    return without_nul(name, "name")


def text(given: str | None, field: str) -> str:
    """A free text within the limit, '' for none."""
    if not given:
        return ""
    most = limits().max_value_length
    if len(given) > most:
        raise Refused(Problem(f"payload.{field}", f"This field has at most {most} characters."))
    return without_nul(given, field) if "\0" in given else given


def page(payload: TrackPayload, lifted: Mapping[str, str]) -> str:
    """The path or URL of the event."""
    url = text(payload.path, "path").strip()
    if lifted and not url:
        url = lifted.get("path", "").strip()
    if url[:1] in DATA and url[:5].lower() == "data:":
        raise Refused(Problem("payload.path", "A data: URL is not a page. Send a path or an http(s) URL."))
    return url


def money(payload: TrackPayload, lifted: Mapping[str, str]) -> tuple[str | None, str]:
    """Revenue as decimal text with at most four places, and its currency."""
    given = payload.revenue if payload.revenue is not None else lifted.get("revenue", None)
    currency = payload.currency or lifted.get("currency", "")
    if currency and not CURRENCY.fullmatch(currency):
        message = "A currency is a code of three letters, such as EUR."
        raise Refused(Problem("payload.currency", message))
    return (None if given is None else amount(given)), currency.upper()


def amount(given: str | int | float) -> str:
    """Rounded half to even: 0.1 + 0.2 must not be refused for its seventeenth digit."""
    try:
        exact = Decimal(str(given).strip())
        rounded = exact.quantize(CENTS, ROUND_HALF_EVEN) if exact.copy_abs() < MOST_REVENUE else MOST_REVENUE
    except InvalidOperation:  # not a number, also NaN, which can be compared with nothing
        rounded = MOST_REVENUE
    if abs(rounded) >= MOST_REVENUE:
        message = "Revenue is a number between -10^14 and 10^14, such as 19.99."
        raise Refused(Problem("payload.revenue", message))
    return f"{rounded:f}"


def visitor_address(lifted: Mapping[str, str], sender: Sender) -> str:
    """`__ip` counts only from one who knows the secret; anybody could pose as anybody else with it."""
    named = lifted.get("ip", "")
    if not named or not sender.by_secret:
        return sender.address
    try:
        return str(ipaddress.ip_address(named.strip()))
    except ValueError:
        message = "This is not an IP address, such as 203.0.113.7 or 2001:db8::7."
        raise Refused(Problem("payload.properties.__ip", message)) from None


@lru_cache(maxsize=4096)
def kept_address(address: str, policy: str) -> str:
    """What the project's policy leaves of an address before anything is written down."""
    if policy == "drop" or not address:
        return ""
    if policy != "truncate":
        return address
    try:
        prefix = 24 if ipaddress.ip_address(address).version == 4 else 48
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False).network_address)


def overrides(lifted: Mapping[str, str]) -> dict[str, str]:
    """The lifted keys that replace what the worker would find out."""
    return {key: value for key, value in lifted.items() if key not in properties.FIELDS}
