"""The one door: events that have passed the checks get device and session, and stand in the log, or are repeats.

Whatever the number of events, it is one round trip to Redis and all or nothing: accept.lua. A 503 leaves nothing
behind, unless Redis did the work and its answer got lost; who names events by `eventId` may then simply repeat.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import msgspec
import redis
import xxhash
from django.conf import settings

from analytics.directory import ProjectRecord
from eventlens import metrics
from eventlens.api import Unavailable
from ingestion import devices, overload, stream
from ingestion.accepted import AcceptedChange, AcceptedEvent
from ingestion.drafts import Draft, Sender
from ingestion.wake import enqueue_drains

logger = logging.getLogger(__name__)
encode = msgspec.msgpack.encode
AWAY = "Events cannot be taken at the moment; send them again."


class Answer(msgspec.Struct, array_like=True, frozen=True):
    """What a client is told of an event, remembered for its repeats."""

    event_id: str
    device_id: str
    session_id: str  # the client's own, '' if the live session's start decides
    is_adjusted: bool


decode_answer = msgspec.msgpack.Decoder(Answer).decode


@dataclass(frozen=True, slots=True)
class Accepted:
    """One event that is in the log, now or since an earlier request."""

    event_id: str
    device_id: str
    session_id: str
    is_adjusted: bool
    is_duplicate: bool


class Request:
    """The keys and the argument of accept.lua, grown event by event."""

    def __init__(self, project: ProjectRecord, client_id: str) -> None:
        self.project, self.client_id = project, client_id
        self.shards: dict[int, int] = {}
        self.named: list[bytes] = []
        self.events: list[tuple[int, int, int, int, list[tuple[int, int, int]], bool]] = []
        self.packed: list[bytes] = []
        self.answers: list[list[Answer]] = []

    def add(self, draft: Draft, device_ids: Sequence[str]) -> None:
        """One event, with the devices that it may be of."""
        seen, seen_ms = self.repeat(draft, device_ids[0])
        candidates, answers = [], []
        for device_id in device_ids:
            event = draft.event if draft.event.device_id else of_device(draft.event, device_id)
            answer = Answer(event.event_id, device_id, event.session_id, draft.is_adjusted)
            live = self.live(event, not draft.event.device_id)
            shard = 0 if is_dropped(event) else self.shard(device_id)
            candidates.append((live, shard, len(self.packed) + 2))
            self.packed += (encode(answer), encode(event))
            answers.append(answer)
        timeout = self.project.session_timeout_ms
        is_event = isinstance(draft.event, AcceptedEvent)
        self.events.append((seen, seen_ms, draft.event.created_ms, timeout, candidates, is_event))
        self.answers.append(answers)

    def repeat(self, draft: Draft, device_id: str) -> tuple[int, int]:
        """The key that tells whether this is a repeat, and for how many ms it is to be remembered."""
        if draft.has_own_id:
            name = f"{self.project.id}\0{draft.event.event_id}".encode()
            return self.key(b"eventlens:event:", name), settings.EVENTLENS.event_id_window_seconds * 1000
        if self.project.duplicate_window_ms:
            name = f"{self.project.id}\0{self.client_id}\0{device_id}\0".encode() + draft.raw
            return self.key(b"eventlens:body:", name), self.project.duplicate_window_ms
        return 0, 0

    def live(self, event: AcceptedEvent | AcceptedChange, is_cookieless: bool) -> int:
        """The key of the live session; one that the client names matters only for a device's way over midnight."""
        if event.session_id and not is_cookieless:
            return 0
        return self.key(*live_key(self.project.id, event.device_id, event.session_id))

    def key(self, prefix: bytes, name: bytes) -> int:
        """The position of a key, counted behind those of the shards once these are known."""
        self.named.append(hashed_key(prefix, name))
        return len(self.named)

    def shard(self, device_id: str) -> int:
        return self.shards.setdefault(stream.shard_of(device_id), len(self.shards) + 1)

    def send(self) -> tuple[list[Accepted], list[int]]:
        """What became of each event, and the shards whose drain is to be woken."""
        keys = [key(shard) for shard in self.shards for key in (stream.log_key, stream.due_key)]
        most = settings.EVENTLENS.queue_max_entries
        request = (stream.DUE_MS, len(self.shards), len(keys), self.events, most)
        answer = stream.script("accept")(keys=[*keys, *self.named], args=[encode(request), *self.packed])
        if not answer:
            raise Unavailable(overload.FULL)
        wake, replies = answer
        shards = list(self.shards)
        accepted = [self.accepted(*pair) for pair in zip(self.answers, replies, strict=True)]
        return accepted, [shards[number - 1] for number in wake]

    def accepted(self, answers: Sequence[Answer], reply: tuple[int, int, int | bytes]) -> Accepted:
        repeated, started_ms, which = reply
        answer = decode_answer(which) if isinstance(which, bytes) else answers[which - 1]
        session_id = answer.session_id
        if not session_id and started_ms >= 0:
            session_id = session_id_of(self.project.id, answer.device_id, started_ms)
        return Accepted(answer.event_id, answer.device_id, session_id, answer.is_adjusted, bool(repeated))


def of_device(event: AcceptedEvent | AcceptedChange, device_id: str) -> AcceptedEvent | AcceptedChange:
    """The same of a visitor whose device the door made."""
    if isinstance(event, AcceptedEvent):
        return msgspec.structs.replace(event, device_id=device_id, is_cookieless=True)
    return replace(event, device_id=device_id, is_cookieless=True)


def is_dropped(event: AcceptedEvent | AcceptedChange) -> bool:
    """Whether it is answered and not kept."""
    return isinstance(event, AcceptedChange) and event.kind == "replay"


def hashed_key(prefix: bytes, name: bytes) -> bytes:
    """A short key for text that a client chose; cryptographic, so that nobody can aim at another's key."""
    return prefix + blake2b(name, digest_size=16).digest()


def live_key(project_id: str, device_id: str, session_id: str = "") -> tuple[bytes, bytes]:
    return b"eventlens:live:", f"{project_id}\0{device_id}\0{session_id}".encode()


def session_id_of(project_id: str, device_id: str, started_ms: int) -> str:
    """The id that the rollup gives to a session of this start."""
    return xxhash.xxh64_hexdigest(f"{project_id}|{device_id}|{started_ms}".encode())


def accept(project: ProjectRecord, client_id: str, drafts: Sequence[Draft]) -> list[Accepted]:
    """Put the events into the log and wake whoever drains it; raises Unavailable if Redis cannot take them."""
    with translated_errors():
        overload.check_memory()
        request = Request(project, client_id)
        for draft in drafts:
            event = draft.event
            known = (event.device_id,) if event.device_id else visitor(draft)
            request.add(draft, known)
        accepted, shards = request.send()
    repeats = sum(one.is_duplicate for one in accepted)
    metrics.count("events_duplicate", repeats)
    metrics.count("events_accepted", len(accepted) - repeats)
    enqueue_drains(shards)
    return accepted


def visitor(draft: Draft) -> tuple[str, ...]:
    """The devices that a visitor without one may have been given, today's first."""
    event = draft.event
    salts = devices.cache.get(stream.store(), event.received_ms)
    return devices.device_ids(salts, event.project_id, draft.address, event.user_agent)


def present_device(project: ProjectRecord, sender: Sender) -> tuple[str, str]:
    """The sender's cookie-less device and its live session, '' if there is none; raises Unavailable."""
    with translated_errors():
        salts = devices.cache.get(stream.store(), sender.received_ms)
        known = devices.device_ids(salts, project.id, sender.address, sender.user_agent)
        live: list[Any] = stream.store().mget([hashed_key(*live_key(project.id, device_id)) for device_id in known])
    for device_id, span in zip(known, live, strict=True):
        start, last = (int(part) for part in (span or b"0:0").split(b":"))
        if last and sender.received_ms <= last + project.session_timeout_ms:
            return device_id, session_id_of(project.id, device_id, start)
    return known[0], ""


@contextmanager
def translated_errors() -> Iterator[None]:
    """Redis's errors become Unavailable."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as away:
        raise Unavailable(AWAY) from away
    except redis.RedisError as refused:
        # Out of memory, a full disk, a replica: whatever it is, an operator has to act, and the client to wait.
        logger.error("Redis refuses events: %s", refused)
        raise Unavailable(AWAY) from refused
