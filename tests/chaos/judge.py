"""The count: what the ledger says must be stored, against what is. Shares no code with the product."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from clickhouse_driver import Client

from tests.chaos.ledger import Entry, Ledger
from tests.chaos.senders import Connection
from tests.chaos.story import TIMEOUT
from tests.ingestion.rollups import person_oracle, session_oracle
from tests.ingestion.rollups.person_oracle import Change, Link
from tests.ingestion.rollups.session_oracle import Session

RANGE = "startDate=2020-01-01&endDate=2035-12-31"
SLACK_MS = 1000  # the server's clock is read between a request and its answer
SHOWN = 5
TWICE, UNSENT = "events are counted twice", "events were never sent"

EVENTS = """
    SELECT properties['mark'], eventId, deviceId, profileId, sessionId, toUnixTimestamp64Milli(createdAt), path
    FROM events
"""
SESSIONS = """
    SELECT toUnixTimestamp64Milli(startedAt), deviceId, toUnixTimestamp64Milli(endedAt), events, screenViews,
        isBounce = 1, entryPath, exitPath, profileId
    FROM sessions FINAL
"""


@dataclass(frozen=True)
class Stored:
    """An event as ClickHouse has it."""

    mark: str
    event: str
    device: str
    profile: str
    session: str
    at: int
    path: str


@dataclass
class Expected:
    """What follows from the ledger and from the moments that the server gave."""

    events: dict[str, Stored]
    sessions: list[Session]
    people: dict[str, str]
    traits: dict[str, dict[str, Decimal | str]]
    seen: set[str]  # ids under which persons are listed
    visitors: int


class Judge:
    """Looks at a product that is at rest."""

    def __init__(self, ledger: Ledger, questions: Connection, clickhouse_port: int) -> None:
        self.ledger, self.questions, self.port = ledger, questions, clickhouse_port
        self.compared: Counter[str] = Counter()

    def complaints(self) -> list[str]:
        """Everything that is not as it must be; empty if all is."""
        self.compared.clear()
        with Client("127.0.0.1", port=self.port, database="event_lens", connect_timeout=5) as client:
            rows = [Stored(*row) for row in client.execute(EVENTS)]
            sessions = sorted(Session(*row) for row in client.execute(SESSIONS))
            bots = client.execute("SELECT count() FROM bot_events")[0][0]
        wrong = [*self.event_complaints(rows), *([f"{bots} events are taken for bots'"] if bots else [])]
        if wrong:
            return wrong
        expected = self.expected({row.mark: row for row in rows})
        wrong += differences("session", expected.sessions, sessions)
        wrong += self.number_complaints(expected)
        wrong += self.profile_complaints(expected)
        self.compared.update({"events": len(rows), "sessions": len(sessions), "profiles": len(expected.seen)})
        return wrong

    def event_complaints(self, rows: list[Stored]) -> Iterator[str]:
        """Each taken event once, each sent one at most once, no other, and each as it was sent."""
        counts = Counter(row.mark for row in rows)
        events = {mark: entry for mark, entry in self.ledger.entries.items() if entry.item.kind == "track"}
        due = [mark for mark, entry in events.items() if entry.answered_ms]
        yield from some("events that were answered 200 are missing", (mark for mark in due if mark not in counts))
        yield from some(TWICE, (mark for mark, count in counts.items() if count > 1))
        yield from some(UNSENT, (mark for mark in counts if mark not in events))
        yield from some(
            "events differ", (f"{row}" for row in rows if row.mark in events and differs(row, events[row.mark]))
        )

    def expected(self, stored: Mapping[str, Stored]) -> Expected:
        entries = self.ledger.entries
        moments = {mark: stored[mark].at if mark in stored else entry.item.at for mark, entry in entries.items()}
        kept = [entry for mark, entry in entries.items() if mark in stored or entry.item.kind != "track"]
        people = person_oracle.people([*links(kept, moments)])
        traits = person_oracle.traits(changes(kept), people)
        events = [entry for entry in kept if entry.item.kind == "track"]
        whose = {person(stored[entry.item.mark], people) for entry in events}
        named = {entry.item.profile for entry in kept if entry.item.profile}
        return Expected(
            events={entry.item.mark: stored[entry.item.mark] for entry in events},
            sessions=session_oracle.sessions([session_event(stored[entry.item.mark]) for entry in events], TIMEOUT),
            people=people,
            traits=traits,
            seen={people.get(f"p{name}", name) for name in named},
            visitors=len(whose),
        )

    def number_complaints(self, expected: Expected) -> Iterator[str]:
        numbers = self.ask(f"/insights/demo/metrics?{RANGE}")
        due = {
            "totalEvents": len(expected.events),
            "totalSessions": len(expected.sessions),
            "totalScreenViews": sum(bool(event.path) for event in expected.events.values()),
            "uniqueVisitors": expected.visitors,
        }
        for name, number in due.items():
            if numbers[name] != number:
                yield f"{name} is {numbers[name]}, due is {number}"

    def profile_complaints(self, expected: Expected) -> Iterator[str]:
        """All persons, with traits, ids, devices and the number of their events."""
        listed = {one["id"]: one for one in self.ask("/insights/demo/profiles?limit=1000")["profiles"]}
        yield from differences("profile", sorted(expected.seen), sorted(listed))
        for name in sorted(expected.seen & set(listed)):
            answer = self.ask(f"/insights/demo/profiles/{quote(name, safe='')}?limit=1")
            due = profile(name, expected)
            said = {key: answer[key] for key in due}
            if said != due:
                yield f"profile {name} is {said}, due is {due}"
            if listed[name]["traits"] != answer["traits"]:
                yield f"profile {name} is listed as {listed[name]['traits']}"

    def ask(self, path: str) -> Any:
        status, body = self.questions.ask("GET", path, loads=decimals)
        if status != 200:
            raise OSError(f"GET {path} got {status}: {body}")
        return body


def decimals(raw: bytes) -> Any:
    """JSON with exact numbers."""
    return json.loads(raw, parse_float=Decimal, parse_int=Decimal)


def differs(row: Stored, entry: Entry) -> bool:
    item = entry.item
    same = (row.profile, row.session, row.path) == (item.profile, item.session, item.path)
    is_due = row.event == item.mark if entry.has_id else row.event != ""
    device = row.device == entry.device if entry.device else row.device != ""
    last = entry.answered_ms + SLACK_MS if entry.answered_ms else row.at
    at = row.at == item.at if item.at else entry.sent_ms - SLACK_MS <= row.at <= last
    return not (same and is_due and device and at)


def links(kept: Iterable[Entry], moments: Mapping[str, int | None]) -> Iterator[Link]:
    for entry in kept:
        item, at = entry.item, moments[entry.item.mark] or 0
        if item.kind == "alias" and item.alias != item.profile:
            yield Link("alias", item.alias, item.profile, at)
        if item.kind in {"identify", "track"} and item.profile:
            yield Link("device", item.device, item.profile, at)


def changes(kept: Iterable[Entry]) -> Iterator[Change]:
    for entry in kept:
        item = entry.item
        place = (item.at or 0, 0, item.mark)
        for key, value in item.traits.items():
            yield Change(item.profile, key, "remove" if value is None else "set", value or "", place)
        if item.property:
            yield Change(
                item.profile, item.property, "add", -item.value if item.kind == "decrement" else item.value, place
            )


def session_event(row: Stored) -> session_oracle.Event:
    return session_oracle.Event(row.device, row.at, row.path, row.session, row.profile)


def person(row: Stored, people: Mapping[str, str]) -> str:
    """The name of whoever the event counts for; a device that nobody owns is its own person."""
    if row.profile:
        return "p" + people.get(f"p{row.profile}", row.profile)
    return "p" + people[f"d{row.device}"] if f"d{row.device}" in people else f"d{row.device}"


def profile(name: str, expected: Expected) -> dict[str, Any]:
    """What /profiles/:id has to say of a person."""
    names = [one for one, owner in expected.people.items() if owner == name]
    return {
        "id": name,
        "aliases": sorted(one[1:] for one in names if one[0] == "p" and one != f"p{name}"),
        "devices": sorted(one[1:] for one in names if one[0] == "d"),
        "totalEvents": sum(person(row, expected.people) == f"p{name}" for row in expected.events.values()),
        "traits": dict(sorted(expected.traits.get(name, {}).items())),
    }


def differences(what: str, due: list[Any], found: list[Any]) -> Iterator[str]:
    missing, extra = Counter(due) - Counter(found), Counter(found) - Counter(due)
    yield from some(f"{what}s are missing", (str(one) for one in missing))
    yield from some(f"{what}s are there that must not be", (str(one) for one in extra))


def some(what: str, cases: Iterable[str]) -> Iterator[str]:
    """One line on how many there are, with a few of them."""
    found = sorted(cases)
    if found:
        yield f"{len(found)} {what}: {', '.join(found[:SHOWN])}"
