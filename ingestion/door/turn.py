"""Requests that go through the door together: what accept.lua is told of them, and what it answers."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from analytics.directory import ProjectRecord
from eventlens import metrics
from eventlens.limits import limits
from ingestion.door.accepted import AcceptedChange, AcceptedEvent
from ingestion.log import stream
from ingestion.wire.drafts import Draft

encode = msgspec.msgpack.Encoder().encode
Devices = tuple[str, ...]
Place = tuple[Devices, str, bool]  # who it is of, in which session, and whether it is not kept
Visitor = Callable[[Draft], Devices]
CLIENTS_OWN = "\0"  # stands for every session that the client names


class Answer(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a client is told of an event, remembered for its repeats."""

    event_id: str
    device_id: str
    session_id: str  # the client's own, '' if the live session's start decides
    is_adjusted: bool


decode_answer = msgspec.msgpack.Decoder(Answer).decode


class Asked:
    """One request of a turn; `reply` is what accept.lua says of it, 0 if nothing of it was let in."""

    def __init__(self, project: ProjectRecord, drafts: Sequence[Draft]) -> None:
        self.project, self.drafts = project, drafts
        self.reply: Any = None
        self.devices: list[Devices] = []  # by place, as are the places
        self.places: list[tuple[Any, ...]] = []
        self.place_of: list[int] = []
        self.packed: list[bytes] = []
        self.has_changes = False
        self.seen: tuple[list[int], list[int], list[int]] | None = None

    def devices_of(self, index: int) -> Devices:
        """The devices that the event at this position may be of."""
        return self.devices[self.place_of[index] - 1]

    def told(self, at: int) -> tuple[Any, ...]:
        """The request as accept.lua reads it; `at` is the place of its first packed event."""
        into = {shard for place in self.places for shard in place[1:4:2] if shard}
        created = [draft.event.created_ms for draft in self.drafts]
        is_event = [draft.event.__class__ is AcceptedEvent for draft in self.drafts] if self.has_changes else 0
        seen, lives, answers = self.seen or (0, 0, [])
        return (
            list(into),
            self.project.session_timeout_ms,
            at,
            created,
            self.place_of,
            self.places,
            is_event,
            seen,
            lives,
            [at + number for number in answers],
        )


class Turn:
    """The keys and arguments of accept.lua, grown request by request."""

    def __init__(self) -> None:
        self.shards: dict[int, int] = {}
        self.positions: dict[bytes, int] = {}
        self.lives: dict[tuple[str, str, str], int] = {}
        self.named: list[bytes] = []
        self.requests: list[Asked] = []
        self.size = self.bytes = 0

    def add(self, project: ProjectRecord, client_id: str, drafts: Sequence[Draft], visitor: Visitor) -> Asked:
        """One request; `visitor` tells which devices an event without one may be of, today's first."""
        asked = Asked(project, drafts)
        Placing(self, asked, visitor).place_all()
        if project.duplicate_window_ms or any(draft.has_own_id for draft in drafts):
            self.remember(asked, client_id)
        self.requests.append(asked)
        self.size += len(drafts)
        self.bytes += sum(map(len, asked.packed))
        return asked

    def remember(self, asked: Asked, client_id: str) -> None:
        """Where repeats of the events are told by, and what these are to be answered."""
        seen, lives, at = [], [], []
        for draft in asked.drafts:
            position, life_ms = self.repeat(draft, asked.project, client_id)
            seen.append(position)
            lives.append(life_ms)
            at.append(len(asked.packed))
            if position:
                event = draft.event
                answer = Answer(event.event_id, event.device_id, event.session_id, draft.is_adjusted)
                asked.packed.append(encode(answer))
        asked.seen = (seen, lives, at)

    def repeat(self, draft: Draft, project: ProjectRecord, client_id: str) -> tuple[int, int]:
        """The key that tells whether this is a repeat, and for how many ms it is to be remembered."""
        if draft.has_own_id:
            name = f"{project.id}\0{draft.event.event_id}".encode()
            return self.key(b"eventlens:event:", name), limits().event_id_window_seconds * 1000
        if project.duplicate_window_ms:
            name = f"{project.id}\0{client_id}\0{draft.event.device_id}\0".encode() + draft.raw
            return self.key(b"eventlens:body:", name), project.duplicate_window_ms
        return 0, 0

    def key(self, prefix: bytes, name: bytes) -> int:
        """The position of a key, counted from behind those of the shards."""
        whole = prefix + name
        position = self.positions.get(whole)
        if position is None:
            self.named.append(hashed_key(prefix, name))
            position = self.positions[whole] = len(self.named)
        return position

    def live(self, project_id: str, device_id: str, session_id: str) -> int:
        """The position of the key of a live session."""
        name = (project_id, device_id, session_id)
        position = self.lives.get(name)
        if position is None:
            self.named.append(live_key(*name))
            position = self.lives[name] = len(self.named)
        return position

    def shard(self, device_id: str) -> int:
        return self.shards.setdefault(stream.shard_of(device_id), len(self.shards) + 1)

    def keys(self) -> list[str | bytes]:
        return [key(shard) for shard in self.shards for key in (stream.log_key, stream.due_key)] + self.named

    def arguments(self) -> list[bytes]:
        packed: list[bytes] = []
        requests = []
        for asked in self.requests:
            requests.append(asked.told(len(packed) + 2))
            packed += asked.packed
        shards = len(self.shards)
        return [encode((stream.DUE_MS, limits().queue_max_entries, shards, 2 * shards, requests)), *packed]

    def settle(self, answer: Any) -> list[int]:
        """Give each request its reply, and count; returns the shards whose drain is to be woken."""
        wake, replies = answer
        for asked, reply in zip(self.requests, replies, strict=True):
            asked.reply = reply
        let_in = [reply for reply in replies if reply]
        repeats = sum(isinstance(which, bytes) for _, odd in let_in for which in odd)
        metrics.count("events_duplicate", repeats)
        metrics.count("events_accepted", sum(len(starts) for starts, _ in let_in) - repeats)
        shards = list(self.shards)
        return [shards[number - 1] for number in wake]


class Placing:
    """Gives each event of a request its place: whose it is, in which session, in which shard."""

    def __init__(self, turn: Turn, asked: Asked, visitor: Visitor) -> None:
        self.turn, self.asked, self.visitor = turn, asked, visitor
        self.visitors: dict[tuple[str, str], Devices] = {}
        self.numbers: dict[str | Place, int] = {}  # by the device where there is no more to a place

    def place_all(self) -> None:
        numbers, place_of, packed = self.numbers, self.asked.place_of, self.asked.packed
        for draft in self.asked.drafts:
            event = draft.event
            device_id = event.device_id
            if device_id and event.__class__ is AcceptedEvent and not (event.session_id or event.is_cookieless):
                number = numbers.get(device_id) or self.new_place(device_id, (device_id,))
            else:
                number = self.unusual(draft)
            place_of.append(number)
            packed.append(encode(event))

    def unusual(self, draft: Draft) -> int:
        """The place of one without a device, of a session that its sender names, or of something said of a person."""
        event = draft.event
        session_id = event.session_id
        self.asked.has_changes |= event.__class__ is not AcceptedEvent
        if event.device_id and not event.is_cookieless:
            devices: Devices = (event.device_id,)
            session_id = CLIENTS_OWN if session_id else ""
        else:
            devices = self.devices_for(draft)
            give_device(event, devices[0])
        place = (devices, session_id, is_dropped(event))
        return self.numbers.get(place) or self.new_place(place, *place)

    def devices_for(self, draft: Draft) -> Devices:
        """Most requests are of one visitor."""
        seen_as = (draft.address, draft.event.user_agent)
        devices = self.visitors.get(seen_as)
        if devices is None:
            devices = self.visitors[seen_as] = self.visitor(draft)
        return devices

    def new_place(self, name: str | Place, devices: Devices, session_id: str = "", is_dropped: bool = False) -> int:
        """The live sessions and shards of a device, and of a second one that it may be."""
        told: tuple[Any, ...] = self.live_and_shard(devices[0], session_id, is_dropped)
        if len(devices) > 1:
            told = (*told, *self.live_and_shard(devices[1], session_id, is_dropped), devices[1])
        self.asked.places.append(told)
        self.asked.devices.append(devices)
        number = self.numbers[name] = len(self.asked.places)
        return number

    def live_and_shard(self, device_id: str, session_id: str, is_dropped: bool) -> tuple[int, int]:
        turn = self.turn
        live = 0
        if session_id != CLIENTS_OWN:
            live = turn.live(self.asked.project.id, device_id, session_id)
        return live, 0 if is_dropped else turn.shard(device_id)


def give_device(event: AcceptedEvent | AcceptedChange, device_id: str) -> None:
    """Nobody but us has seen the event so far; a copy would cost more than making it did."""
    put: Callable[[Any, str, object], None] = object.__setattr__
    if isinstance(event, AcceptedEvent):
        put = msgspec.structs.force_setattr
    put(event, "device_id", device_id)
    put(event, "is_cookieless", True)


def is_dropped(event: AcceptedEvent | AcceptedChange) -> bool:
    """Whether it is answered and not kept."""
    return isinstance(event, AcceptedChange) and event.kind == "replay"


def hashed_key(prefix: bytes, name: bytes) -> bytes:
    """A short key for text that a client chose; cryptographic, so that nobody can aim at another's key."""
    return prefix + blake2b(name, digest_size=16).digest()


def live_key(project_id: str, device_id: str, session_id: str = "") -> bytes:
    return hashed_key(b"eventlens:live:", f"{project_id}\0{device_id}\0{session_id}".encode())
