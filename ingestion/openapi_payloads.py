"""The payload of each type as the API document shows it: the shapes are contract.py's own, the words are here."""

from collections.abc import Callable
from typing import Any

import msgspec

from eventlens.apidocs.operations import Schema, a_list, an_object, reference
from ingestion.wire import contract
from ingestion.wire.drafts import LONGEST_NAME, RESERVED_NAMES

TIME = "ISO 8601 with or without a zone (then UTC), or seconds or milliseconds since 1970."
FIELDS = {
    "name": f"What happened; {', '.join(sorted(RESERVED_NAMES))} are reserved. Of a group: its name.",
    "deviceId": "The device, if you know it; else a cookie-less id is made.",
    "profileId": "The person, once you know them; 42 and 42.0 are the same.",
    "sessionId": "Your own session; else sessions follow from the times of the events.",
    "eventId": "Makes a retry harmless: it is answered as the first one was.",
    "timestamp": f"When it happened, else its arrival. {TIME}",
    "sentAt": f"What the sender's clock said when it sent; corrects a wrong clock. {TIME}",
    "path": "A path or a whole URL; query and UTM are taken from it.",
    "referrer": "Where the visitor came from.",
    "title": "What the page is called.",
    "revenue": "Money, kept with four decimal places.",
    "currency": "A code of three letters.",
    "interactive": "false: this event does not keep a session from being a bounce.",
    "properties": "Your own data, any JSON; nested values become dotted keys. Of a person or a group: traits.",
    "groups": "The groups that this event belongs to.",
    "property": "The number to change, with dots for what is nested.",
    "value": "By how much; above 0, and 1 if left out.",
    "alias": "The other id of the same person.",
    "id": "The group's id.",
    "type": "The kind of group.",
    "groupIds": "The groups that the person, or without profileId the device, belongs to.",
}
# What the shapes leave to the code behind them.
LIMITS: dict[str, Schema] = {"name": {"minLength": 1, "maxLength": LONGEST_NAME}}
ALSO_NEEDED = {
    "identify": ("profileId",),
    "increment": ("profileId",),
    "decrement": ("profileId",),
    "alias": ("profileId", "alias"),
    "group": ("id",),
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "track": {
        "name": "purchase",
        "profileId": 42,
        "sessionId": "s-1",
        "path": "https://shop.example/done?utm_source=mail",
        "revenue": 19.99,
        "currency": "EUR",
        "properties": {"plan": "pro", "seats": 3},
    },
    "identify": {"profileId": 42, "firstName": "Ada", "email": "ada@example.com", "properties": {"plan": "pro"}},
    "increment": {"profileId": 42, "property": "logins"},
    "decrement": {"profileId": 42, "property": "credit", "value": 2.5},
    "alias": {"profileId": 42, "alias": "ada@example.com"},
    "group": {"id": "acme", "type": "company", "name": "Acme", "properties": {"plan": "team"}},
    "assign_group": {"groupIds": ["acme"], "profileId": 42},
    "replay": {},
}


def struct_of(decode: Callable[..., Any]) -> Any:
    """The struct that a row of contract.PAYLOADS decodes into."""
    return decode.__self__.type  # type: ignore[attr-defined]  # a Decoder's method; its stub types a plain callable


STRUCTS = {kind: struct_of(decode) for kind, decode in contract.PAYLOADS.items()}


def shapes() -> dict[str, Schema]:
    """A schema for each type's item, by the name it has among the components."""
    _, found = msgspec.json.schema_components(
        list(dict.fromkeys(STRUCTS.values())), ref_template="#/components/schemas/{name}"
    )
    return {item_name(kind): item(kind, found[struct.__name__]) for kind, struct in STRUCTS.items()}


def item_name(kind: str) -> str:
    """assign_group: AssignGroup."""
    return "".join(word.title() for word in kind.split("_"))


def item(kind: str, shape: Schema) -> Schema:
    needed = dict.fromkeys([*shape.get("required", []), *ALSO_NEEDED.get(kind, ())])
    payload = {
        "type": "object",
        "description": shape["description"],
        "properties": {name: described(name, one, name in needed) for name, one in shape["properties"].items()},
        **({"required": list(needed)} if needed else {}),
    }
    return an_object({"type": {"const": kind}, "payload": payload})


def described(name: str, shape: Schema, is_needed: bool) -> Schema:
    """One field; what must be there cannot be null."""
    kinds = [one for one in shape.get("anyOf", []) if not (is_needed and one == {"type": "null"})]
    shape = {key: value for key, value in shape.items() if key not in {"anyOf", "default"}}
    whole = {"anyOf": kinds} if kinds else {}
    limits = LIMITS.get(name, {}) if shape.get("type") == "string" else {}
    return {**shape, **whole, **limits, "description": FIELDS.get(name, "")}


ITEM: Schema = {
    "oneOf": [reference(item_name(kind)) for kind in STRUCTS],
    "discriminator": {
        "propertyName": "type",
        "mapping": {kind: f"#/components/schemas/{item_name(kind)}" for kind in STRUCTS},
    },
}
SCHEMAS: dict[str, Schema] = {**shapes(), "Item": ITEM}
BATCH = an_object(
    {
        "events": {**a_list(reference("Item")), "minItems": 1},
        "sentAt": {"type": ["string", "number", "null"], "description": FIELDS["sentAt"]},
    },
    required=("events",),
)
