"""Payloads, drafts and events for tests; each holds only what a test does not care about."""

from typing import Any

import msgspec
import redis

from analytics.directory import ProjectRecord
from ingestion.door.accept import accept
from ingestion.door.accepted import AcceptedChange, AcceptedEvent
from ingestion.door.outcome import Accepted
from ingestion.log import stream
from ingestion.wire import contract
from ingestion.wire.drafts import Sender, draft

NOON = 1_717_156_800_000  # 2024-05-31T12:00:00Z
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0"
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def project(project_id: str = "shop", **fields: Any) -> ProjectRecord:
    values: dict[str, Any] = {
        "name": "Shop",
        "timezone": "UTC",
        "retention_days": None,
        "session_timeout_ms": 30 * MINUTE,
        "own_domains": (),
        "address_policy": "geo",
        "duplicate_window_ms": 0,
    }
    return ProjectRecord(id=project_id, **(values | fields))


def sender(received_ms: int = NOON, **fields: Any) -> Sender:
    values: dict[str, Any] = {"address": "203.0.113.7", "user_agent": FIREFOX}
    return Sender(received_ms=received_ms, **(values | fields))


def track(**payload: Any) -> bytes:
    return msgspec.json.encode({"type": "track", "payload": {"name": "click", **payload}})


def drafted(of: ProjectRecord | None = None, by: Sender | None = None, **payload: Any) -> AcceptedEvent:
    """The event as it comes out of the checks."""
    event = draft(contract.read_one(track(**payload)), of or project(), by or sender()).event
    assert isinstance(event, AcceptedEvent)
    return event


def send(*payloads: dict[str, Any], of: ProjectRecord | None = None, by: Sender | None = None) -> list[Accepted]:
    """Through the checks and the door, in one request of client `web`."""
    of, by = of or project(), by or sender()
    return list(accept(of, "web", [draft(contract.read_one(track(**payload)), of, by) for payload in payloads]))


def said(kind: str, of: ProjectRecord | None = None, by: Sender | None = None, **payload: Any) -> AcceptedChange:
    """What is said about a person or group as it comes out of the checks."""
    change = draft(contract.read_one(item(kind, **payload)), of or project(), by or sender()).event
    assert isinstance(change, AcceptedChange)
    return change


def item(kind: str, **payload: Any) -> bytes:
    return msgspec.json.encode({"type": kind, "payload": payload})


def say(*items: bytes, of: ProjectRecord | None = None, by: Sender | None = None) -> list[Accepted]:
    """Items of any type through the checks and the door, in one request of client `web`."""
    of, by = of or project(), by or sender()
    return list(accept(of, "web", [draft(contract.read_one(one), of, by) for one in items]))


def logged(store: "redis.Redis", shard: int = 0) -> list[AcceptedEvent]:
    """The events that stand in the log, in order."""
    decode = msgspec.msgpack.Decoder(list[AcceptedEvent]).decode
    entries: Any = store.xrange(stream.log_key(shard))
    return [event for _, fields in entries for event in decode(fields[b"e"])]
