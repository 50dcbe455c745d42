"""The wire shape of what clients send, decoded once into typed structs; every problem names its field."""

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import msgspec
from django.conf import settings

from eventlens.api import InvalidInput, Problem
from ingestion.fields import Id
from ingestion.moments import Sent
from ingestion.refusal import Refused

T = TypeVar("T")

NOT_JSON = "The request is not JSON. Send a JSON object in UTF-8."
TOO_DEEP = "The request is nested too deeply. Send flatter JSON."


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


class Envelope(msgspec.Struct):
    """What surrounds every payload."""

    type: str
    payload: msgspec.Raw = msgspec.Raw(b"")


class BatchEnvelope(msgspec.Struct):
    """The items stay undecoded at first, so that a bad one does not spoil the others."""

    events: list[msgspec.Raw]
    sentAt: Sent | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One decoded item; `raw` is its payload as sent, for telling identical bodies."""

    payload: TrackPayload | PersonPayload
    raw: bytes
    type: str = "track"


@dataclass(frozen=True, slots=True)
class Batch:
    """The items of a batch by position, each decoded or refused, and the batch's own `sentAt`."""

    items: list[Item | Refused]
    sent_at: Sent | None


decode_envelope = msgspec.json.Decoder(Envelope).decode
decode_batch = msgspec.json.Decoder(BatchEnvelope).decode
# A type is accepted once it has a row here.
PAYLOADS: dict[str, Callable[[bytes | msgspec.Raw], TrackPayload | PersonPayload]] = {
    "track": msgspec.json.Decoder(TrackPayload).decode,
    "identify": msgspec.json.Decoder(IdentifyPayload).decode,
    "increment": msgspec.json.Decoder(CountPayload).decode,
    "decrement": msgspec.json.Decoder(CountPayload).decode,
    "alias": msgspec.json.Decoder(AliasPayload).decode,
    "group": msgspec.json.Decoder(GroupPayload).decode,
    "assign_group": msgspec.json.Decoder(AssignGroupPayload).decode,
    "replay": msgspec.json.Decoder(ReplayPayload).decode,
}
ALLOWED_TYPES = ", ".join(PAYLOADS)


def read_one(body: bytes) -> Item:
    """The body of a single item; raises Refused."""
    try:
        return read_item(body)
    except Refused as refused:
        repaired = without_lone_surrogates(body)
        if repaired == body:
            raise refused
    return read_item(repaired)


def read_batch(body: bytes) -> Batch:
    """The body of a batch; raises InvalidInput if not even its items can be told apart."""
    try:
        envelope = decoded(decode_batch, body, "")
    except Refused as refused:
        repaired = without_lone_surrogates(body)
        if repaired == body:
            raise InvalidInput([named(refused.problem)]) from None
        return read_batch(repaired)
    most = settings.EVENTLENS.max_batch_items
    if not 1 <= len(envelope.events) <= most:
        message = f"A batch holds 1 to {most} items; this one has {len(envelope.events)}."
        raise InvalidInput([Problem("events", message)])
    return Batch(list(read_items(envelope.events)), envelope.sentAt)


def read_items(raws: list[msgspec.Raw]) -> Iterator[Item | Refused]:
    for raw in raws:
        try:
            yield read_item(raw)
        except Refused as refused:
            yield refused


def read_item(raw: bytes | msgspec.Raw) -> Item:
    """One item; raises Refused."""
    envelope = decoded(decode_envelope, raw, "")
    decode = PAYLOADS.get(envelope.type)
    if decode is None:
        raise Refused(Problem("type", type_message(envelope.type)))
    if not envelope.payload:
        raise Refused(Problem("payload", "This field is required."))
    return Item(decoded(decode, envelope.payload, "payload"), bytes(envelope.payload), envelope.type)


def type_message(given: str) -> str:
    return f"The type {given[:50]!r} is unknown. Send one of: {ALLOWED_TYPES}."


def decoded(decode: Any, raw: bytes | msgspec.Raw, where: str) -> Any:
    """What `decode` makes of the bytes; its errors become Refused, with fields seen from `where`."""
    try:
        return decode(raw)
    except msgspec.ValidationError as wrong:
        raise Refused(problem_of(str(wrong), where)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(Problem(where, NOT_JSON)) from None
    except RecursionError:
        raise Refused(Problem(where, TOO_DEEP)) from None


MSGSPEC_ERROR = re.compile(r"(?P<message>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
MISSING = re.compile(r"Object missing required field `(?P<name>.*)`")


def problem_of(error: str, where: str) -> Problem:
    """msgspec's error text as a problem: `Expected `str`, got `int` - at `$.name``."""
    match = MSGSPEC_ERROR.fullmatch(error)
    message, path = (match["message"], match["path"]) if match else (error, None)
    steps = [where, path or ""]
    if missing := MISSING.fullmatch(message):
        steps.append(missing["name"])
        message = "This field is required"
    return Problem(".".join(step for step in steps if step), message.replace("`", "") + ".")


def named(problem: Problem) -> Problem:
    """The problem of a single item or of a whole request, which is called `body` where no field is to blame."""
    return problem if problem.field else Problem("body", problem.message)


def numbered(index: int, problem: Problem) -> Problem:
    """The problem of one item of a batch."""
    place = f"events[{index}]"
    return Problem(f"{place}.{problem.field}" if problem.field else place, problem.message)


def rejection(index: int, problem: Problem) -> dict[str, Any]:
    """One rejected item as a batch's answer tells of it."""
    error = f"{problem.field}: {problem.message}" if problem.field else problem.message
    return {"index": index, "error": error, "details": [asdict(numbered(index, problem))]}


ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def without_lone_surrogates(body: bytes) -> bytes:
    """JavaScript sends half of a cut emoji as `\\ud83d`, which no UTF-8 can hold; U+FFFD stands in for it."""
    return ESCAPE.sub(lambda match: rb"\ufffd" if match["lone"] else match[0], body)
