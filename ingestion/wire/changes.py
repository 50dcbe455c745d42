"""From what a client says about a person or a group to what may be let in: checked, timed, made flat."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

import msgspec
from django.conf import settings

from eventlens.api import Problem
from ingestion.door.accepted import AcceptedChange
from ingestion.wire import moments
from ingestion.wire.contract import Item, decoded
from ingestion.wire.fields import Id, identifier, is_somebody, new_event_id, somebody, without_nul
from ingestion.wire.moments import Sent
from ingestion.wire.payloads import (
    AliasPayload,
    AssignGroupPayload,
    CountPayload,
    GroupPayload,
    IdentifyPayload,
    PersonPayload,
)
from ingestion.wire.properties import is_reserved
from ingestion.wire.refusal import Refused

NINE_PLACES = Decimal("0.000000001")
MOST_ADDED = Decimal(10) ** 15
MOST_GROUPS = 100
NO_TRAITS = frozenset(IdentifyPayload.__struct_fields__)

encode_json = msgspec.json.encode
decode_object = msgspec.json.Decoder(dict[str, Any]).decode

Said = dict[str, Any]


def change(item: Item, project_id: str, received_ms: int, sent_at: Sent | None) -> tuple[AcceptedChange, bool]:
    """The change, and whether its time had to be adjusted; raises Refused, with the field at fault."""
    payload = item.payload
    sent = payload.sentAt if payload.sentAt is not None else sent_at
    at = moments.happened(payload.timestamp, sent, received_ms)
    # A person's traits are kept however old they are: the project's retention is about events.
    created_ms, is_adjusted = moments.settled(at, received_ms, None)
    said = SAID[item.type](payload, item)
    common: Said = {
        "kind": item.type,
        "project_id": project_id,
        "event_id": identifier(payload.eventId, "eventId") or new_event_id(received_ms),
        "device_id": identifier(payload.deviceId, "deviceId"),
        "session_id": identifier(payload.sessionId, "sessionId"),
        "profile_id": identifier(payload.profileId, "profileId"),
        "created_ms": created_ms,
        "received_ms": received_ms,
    }
    return AcceptedChange(**(common | said)), is_adjusted


def identify(payload: IdentifyPayload, item: Item) -> Said:
    """Named fields win over properties of the same name.

    SDKs send their page's reserved keys (`__referrer`) along, which say nothing of a person.
    """
    profile_id = somebody(payload.profileId, "profileId")
    properties = {key: value for key, value in (payload.properties or {}).items() if not is_reserved(key)}
    # The typed decoder has passed over the fields that it does not know: they may be no JSON.
    whole = decoded(decode_object, item.raw, "payload")
    named = {key: value for key, value in whole.items() if key not in NO_TRAITS}
    traits = flat_traits(properties, "payload.properties") | flat_traits(named, "payload")
    return {"profile_id": profile_id, "traits": within_count(traits)}


def increment(payload: CountPayload, item: Item) -> Said:
    profile_id = somebody(payload.profileId, "profileId")
    name = identifier(payload.property, "property")
    if not name.strip(". "):
        raise Refused(Problem("payload.property", "Name the property to count, such as visits or cart.items."))
    value = positive(1 if payload.value is None else payload.value)
    return {"profile_id": profile_id, "added": {name: value if item.type == "increment" else f"-{value}"}}


def alias(payload: AliasPayload, item: Item) -> Said:
    return {"profile_id": somebody(payload.profileId, "profileId"), "alias": somebody(payload.alias, "alias")}


def group(payload: GroupPayload, item: Item) -> Said:
    """The type and the name are traits like others, under these names."""
    properties = flat_traits(payload.properties or {}, "payload.properties")
    named = {"type": payload.type} | ({"name": payload.name} if payload.name is not None else {})
    traits = within_count(properties | flat_traits(named, "payload"))
    return {"groups": [somebody(payload.id, "id")], "traits": traits}


def assign_group(payload: AssignGroupPayload, item: Item) -> Said:
    if not 1 <= len(payload.groupIds) <= MOST_GROUPS:
        raise Refused(Problem("payload.groupIds", f"Name 1 to {MOST_GROUPS} groups."))
    profile_id = somebody(payload.profileId, "profileId") if payload.profileId not in (None, "") else ""
    groups = [somebody(one, f"groupIds[{index}]") for index, one in enumerate(payload.groupIds)]
    return {"profile_id": profile_id, "groups": list(dict.fromkeys(groups))}


def event_groups(given: Sequence[Id]) -> list[str]:
    """The groups that an event names; what stands for none in particular is left out, as it is with a profile."""
    if len(given) > MOST_GROUPS:
        raise Refused(Problem("payload.groups", f"An event is of at most {MOST_GROUPS} groups."))
    groups = [identifier(one, f"groups[{index}]") for index, one in enumerate(given)]
    return list(dict.fromkeys(one for one in groups if is_somebody(one)))


def replay(payload: PersonPayload, item: Item) -> Said:
    """Nothing of it is kept."""
    return {}


SAID: Mapping[str, Callable[[Any, Item], Said]] = {
    "identify": identify,
    "increment": increment,
    "decrement": increment,
    "alias": alias,
    "group": group,
    "assign_group": assign_group,
    "replay": replay,
}


def positive(given: str | int | float) -> str:
    """A number greater than 0 as decimal text with at most nine places."""
    try:
        exact = Decimal(str(given).strip())
        rounded = exact.quantize(NINE_PLACES, ROUND_HALF_EVEN) if exact.copy_abs() < MOST_ADDED else MOST_ADDED
    except InvalidOperation:  # not a number, also NaN, which can be compared with nothing
        rounded = MOST_ADDED
    if not 0 < rounded < MOST_ADDED:
        message = "A value is a number greater than 0, with at most nine decimal places and below 10^15."
        raise Refused(Problem("payload.value", message))
    return plain_text(rounded)


def plain_text(number: Decimal) -> str:
    """`2.5` and not `2.500000000`."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def flat_traits(traits: Mapping[str, Any], where: str) -> dict[str, str | None]:
    """Each trait under its dotted name as JSON text, None for null; lists stay whole. Raises Refused."""
    limits = settings.EVENTLENS
    flat: dict[str, str | None] = {}
    for key, value in leaves(traits.items(), "", limits.max_depth, where):
        without_nul(key, where.removeprefix("payload.") + ".*")
        if not key or len(key) > limits.max_key_length:
            message = f"A trait's full name has 1 to {limits.max_key_length} characters."
            raise Refused(Problem(f"{where}.{key[:50]}", message))
        text = None if value is None else encode_json(value).decode()
        if text is not None and len(text) > limits.max_value_length + 2:
            message = f"A trait's value has at most {limits.max_value_length} characters."
            raise Refused(Problem(f"{where}.{key}", message))
        flat[key] = text
    return flat


def leaves(branch: Iterable[tuple[str, Any]], prefix: str, levels: int, where: str) -> Iterator[tuple[str, Any]]:
    for name, value in branch:
        key = prefix + name
        if not isinstance(value, dict):
            yield key, value
        elif levels > 1:
            yield from leaves(value.items(), f"{key}.", levels - 1, where)
        else:
            message = f"Traits are nested at most {settings.EVENTLENS.max_depth} levels deep."
            raise Refused(Problem(f"{where}.{key[:200]}", message))


def within_count(traits: dict[str, str | None]) -> dict[str, str | None]:
    most = settings.EVENTLENS.max_properties
    if len(traits) > most:
        raise Refused(Problem("payload", f"At most {most} traits can be sent at once, counted flat."))
    return traits
