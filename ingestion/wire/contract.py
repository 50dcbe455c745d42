"""The wire shape of what clients send, decoded once into typed structs; every problem names its field."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, Literal, TypeVar

import msgspec

from eventlens.api import InvalidInput, Problem
from eventlens.limits import limits
from ingestion.wire.moments import Sent
from ingestion.wire.payloads import (
    AliasPayload,
    AssignGroupPayload,
    CountPayload,
    GroupPayload,
    IdentifyPayload,
    PersonPayload,
    ReplayPayload,
    TrackPayload,
)
from ingestion.wire.refusal import Refused

T = TypeVar("T")

NOT_JSON = "The request is not JSON. Send a JSON object in UTF-8."
TOO_DEEP = "The request is nested too deeply. Send flatter JSON."


class Envelope(msgspec.Struct):
    """What surrounds every payload."""

    type: str
    payload: msgspec.Raw = msgspec.Raw(b"")


class BatchEnvelope(msgspec.Struct):
    """The items stay undecoded at first, so that a bad one does not spoil the others."""

    events: list[msgspec.Raw]
    sentAt: Sent | None = None


class TrackItem(msgspec.Struct, gc=False):
    """An event with its envelope, in one go: what most senders send, and send right."""

    type: Literal["track"]
    payload: TrackPayload
    raw = b""


class TrackItems(msgspec.Struct):
    """A batch of nothing else."""

    events: list[TrackItem]
    sentAt: Sent | None = None


class Item(msgspec.Struct, frozen=True, gc=False):
    """One decoded item; `raw` is its payload as sent, where somebody looks at it."""

    payload: TrackPayload | PersonPayload
    raw: bytes
    type: str = "track"


class Batch(msgspec.Struct, frozen=True):
    """The items of a batch by position, each decoded or refused, and the batch's own `sentAt`."""

    items: Sequence[TrackItem | Item | Refused]
    sent_at: Sent | None


decode_track = msgspec.json.Decoder(TrackItem).decode
decode_tracks = msgspec.json.Decoder(TrackItems).decode
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


def read_one(body: bytes, *, is_raw_needed: bool = True) -> TrackItem | Item:
    """The body of a single item; raises Refused. Its `raw` may be left out where identical bodies are two events."""
    if not is_raw_needed and (event := at_once(decode_track, body)):
        return event
    try:
        return read_item(body)
    except Refused as refused:
        repaired = without_lone_surrogates(body)
        if repaired == body:
            raise refused
    return read_item(repaired)


def read_batch(body: bytes, *, is_raw_needed: bool = True) -> Batch:
    """The body of a batch; raises InvalidInput if not even its items can be told apart."""
    if not is_raw_needed and (tracks := at_once(decode_tracks, body)):
        return Batch(within_size(tracks.events), tracks.sentAt)
    try:
        envelope = decoded(decode_batch, body, "")
    except Refused as refused:
        repaired = without_lone_surrogates(body)
        if repaired == body:
            raise InvalidInput([named(refused.problem)]) from None
        return read_batch(repaired)
    return Batch(list(read_items(within_size(envelope.events))), envelope.sentAt)


def at_once(decode: Callable[[bytes], T], body: bytes) -> T | None:
    """None if anything is unusual or wrong; who reads it piece by piece then will find out what."""
    try:
        return decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def within_size(events: Sequence[T]) -> Sequence[T]:
    most = limits().max_batch_items
    if not 1 <= len(events) <= most:
        message = f"A batch holds 1 to {most} items; this one has {len(events)}."
        raise InvalidInput([Problem("events", message)])
    return events


def read_items(raws: Sequence[msgspec.Raw]) -> Iterator[Item | Refused]:
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
