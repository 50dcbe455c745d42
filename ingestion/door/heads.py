"""What requests of one moment have in common: a sender that repeats itself says all but the body in the same words.

A head is looked at once and then known for a moment, on whatever connection it comes again; so little later than the
caches behind it is a disabled client refused.
"""

import time
from collections.abc import Callable
from typing import Any

import msgspec

from analytics.directory import ProjectRecord
from eventlens.environ import Meta, Scope
from ingestion.door.admission import Admitted
from ingestion.wire.drafts import Sender
from ingestion.wire.letters import Letter

KEPT_SECONDS = 0.05
MOST_HEADS = 256
MOST_HEADERS = 32  # and each may be long; who sends more is looked at each time
Read = Callable[[bytes, ProjectRecord, Sender], Letter]
Name = tuple[Any, ...]


class Head(msgspec.Struct):
    """A request without its body; who it is from is found out once."""

    name: Name
    meta: Meta
    read: Read
    admitted: Admitted | None = None
    sender: Sender | None = None


class Heads:
    """Those of the last moment."""

    def __init__(self) -> None:
        self.known: dict[Name, Head] = {}
        self.since = 0.0

    def find(self, name: Name) -> Head | None:
        now = time.monotonic()
        if now - self.since >= KEPT_SECONDS:
            self.known.clear()
            self.since = now
        return self.known.get(name)

    def keep(self, head: Head) -> None:
        """One without a mistake, whose client is named in it."""
        if len(self.known) < MOST_HEADS and len(head.name) <= MOST_HEADERS:
            self.known[head.name] = head


def sender_again(one: Sender, received_ms: int) -> Sender:
    """The same of a later request."""
    return Sender(
        received_ms, one.address, one.user_agent, one.sdk_name, one.sdk_version, one.by_secret, None, one.signals
    )


def name_of(scope: Scope) -> Name:
    """All that may tell one head from another; the body's length tells nothing else."""
    client = scope.get("client")
    headers = [header for header in scope["headers"] if header[0] != b"content-length"]
    return (scope["path"], client[0] if client else "", *headers)
