"""What the senders say: an endless stream of requests, a pure function of seed and sender."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
TIMEOUT = 30 * MINUTE
MARCH = 1_709_251_200_000  # 2024-03-01
SENDERS = 16  # at most: every moment ends in the number of its sender, so that no two are the same
DEVICES = 8  # of each sender
PROFILES = [f"p{number:02}" for number in range(20)]
JOINED, CIRCLES = 8, 4  # aliases join the first profiles only, in circles, so that not all become one person
KINDS = {"track": 84, "identify": 5, "increment": 7, "decrement": 3, "alias": 1}
WORDS = ("red", "green", "blue", "zürich")


@dataclass(frozen=True)
class Item:
    """One item as its sender knows it; `at` is None for what happens when it arrives."""

    mark: str  # unique; also its event id, if it has one
    kind: str
    device: str  # '' leaves it to the server
    at: int | None = None
    session: str = ""
    profile: str = ""
    path: str = ""
    traits: Mapping[str, str | None] = field(default_factory=dict)
    property: str = ""
    value: Decimal = Decimal(0)
    alias: str = ""

    def wire(self, has_id: bool) -> dict[str, Any]:
        """As JSON; what is empty is left out."""
        payload = {
            "eventId": self.mark if has_id else None,
            "deviceId": self.device,
            "timestamp": self.at,
            "sessionId": self.session,
            "profileId": self.profile,
            **self.own(),
        }
        return {"type": self.kind, "payload": {name: value for name, value in payload.items() if value}}

    def own(self) -> dict[str, Any]:
        """The fields of its kind."""
        match self.kind:
            case "track":
                name = "page_view" if self.path else "click"
                return {"name": name, "path": self.path, "properties": {"mark": self.mark}}
            case "identify":
                return {"properties": dict(self.traits)}
            case "alias":
                return {"alias": self.alias}
        whole = self.value == self.value.to_integral()
        return {"property": self.property, "value": int(self.value) if whole else float(self.value)}


@dataclass(frozen=True)
class Request:
    """What is sent at once; with event ids it is repeated until it is taken."""

    items: tuple[Item, ...]
    has_ids: bool
    is_batch: bool
    again: bool  # sent once more although it was answered
    pause: float  # seconds before the next one

    def wire(self) -> dict[str, Any]:
        if self.is_batch:
            return {"events": [item.wire(self.has_ids) for item in self.items]}
        return self.items[0].wire(self.has_ids)


class Clock:
    """A device's moments: mostly forward, with gaps of a session's end, and back into the past."""

    def __init__(self, rng: Random, sender: int, start: int) -> None:
        self.rng, self.sender, self.start, self.now = rng, sender, start, start
        self.used: set[int] = set()

    def moment(self) -> int:
        chance = self.rng.random()
        if chance < 0.05:
            at = self.rng.randint(self.start, self.now)
        else:
            step = self.rng.randint(MINUTE // 60, 2 * MINUTE) if chance < 0.9 else self.rng.randint(25, 90) * MINUTE
            at = self.now = self.now + (TIMEOUT if chance > 0.99 else step)
        at += self.sender - at % SENDERS
        while at in self.used:
            at += SENDERS
        self.used.add(at)
        return at


def story(seed: int, sender: int) -> Iterator[Request]:
    """The requests of one sender, without end."""
    rng = Random(f"story {seed} {sender}")
    clocks = {
        f"d{sender}-{number}": Clock(rng, sender, MARCH + number % 3 * 31 * DAY + number * HOUR)
        for number in range(DEVICES)
    }
    marks = (f"{seed}-{sender}-{number}" for number in itertools.count())
    while True:
        yield request(rng, sender, clocks, marks)


def request(rng: Random, sender: int, clocks: Mapping[str, Clock], marks: Iterator[str]) -> Request:
    has_ids, is_batch = rng.random() < 0.85, rng.random() < 0.3
    if is_batch:
        count = rng.choice((2, 5, 10, 25))
        items = tuple(item(rng, sender, clocks, next(marks), has_ids) for _ in range(count))
    elif rng.random() < 0.15:
        items = (visitor(rng, sender, next(marks)),)
    else:
        items = (item(rng, sender, clocks, next(marks), has_ids),)
    return Request(items, has_ids, is_batch, has_ids and rng.random() < 0.04, rng.uniform(0, 0.03))


def visitor(rng: Random, sender: int, mark: str) -> Item:
    """An event that happens when it arrives, half of them of a device that the server makes up."""
    return Item(mark, "track", rng.choice(("", f"live{sender}")), path=rng.choice(("", "/now")))


def item(rng: Random, sender: int, clocks: Mapping[str, Clock], mark: str, has_id: bool) -> Item:
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0] if has_id else "track"
    device = rng.choice(list(clocks))
    said: dict[str, Any] = {"mark": mark, "kind": kind, "device": device, "at": clocks[device].moment()}
    if kind == "track":
        return Item(
            **said,
            session=f"s{sender}-{rng.randrange(6)}" if rng.random() < 0.05 else "",
            profile=rng.choice(PROFILES) if rng.random() < 0.05 else "",
            path=f"/page/{rng.randrange(9)}" if rng.random() < 0.6 else "",
        )
    number = rng.randrange(JOINED if kind == "alias" else len(PROFILES))
    return Item(**said, profile=PROFILES[number], **change(rng, kind, number % CIRCLES))


def change(rng: Random, kind: str, circle: int) -> dict[str, Any]:
    """What is said of a profile: traits, a sum, or another name."""
    if kind == "identify":
        traits: dict[str, str | None] = {"plan": rng.choice(WORDS), "address.city": rng.choice(WORDS)}
        if rng.random() < 0.2:
            traits = {rng.choice(("plan", "address")): None}
        return {"traits": traits}
    if kind == "alias":
        return {"alias": rng.choice((f"a{circle}@example.com", f"b{circle}@example.com", PROFILES[circle]))}
    return {
        "property": rng.choice(("visits", "credit.total")),
        "value": Decimal(rng.choice(("1", "2", "0.1", "2.75"))),
    }
