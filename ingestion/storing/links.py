"""Which links are known to be stored already, so that a person's every event does not store its own again.

Only what a finished batch has stored counts as known: a batch that is repeated stores its links again, and the table
merges equal ones into the earliest.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import cast

import redis
import xxhash

from ingestion.storing.facts import LinkRow

FORGOTTEN = "eventlens:links-forgotten"  # how often everybody had to forget
MOST_KNOWN = 60_000  # about 13 MB; what falls out is stored once more


class KnownLinks:
    """The links of late, each with its earliest time."""

    def __init__(self, most: int = MOST_KNOWN) -> None:
        self.most = most
        self.earliest: OrderedDict[int, int] = OrderedDict()
        self.forgotten: bytes | None = None

    def news(self, links: Iterable[LinkRow]) -> list[LinkRow]:
        """Those that are not known, or only since a later time."""
        return [link for link in links if self.earliest.get(hashed(link), link.linkedAt + 1) > link.linkedAt]

    def remember(self, links: Iterable[LinkRow]) -> None:
        for link in links:
            key = hashed(link)
            self.earliest[key] = min(link.linkedAt, self.earliest.get(key, link.linkedAt))
            self.earliest.move_to_end(key)
        while len(self.earliest) > self.most:
            self.earliest.popitem(last=False)

    def follow(self, store: "redis.Redis") -> None:
        """Forget what an erasure has made untrue since the last look; once a turn is soon enough."""
        forgotten = cast("bytes | None", store.get(FORGOTTEN))
        if forgotten != self.forgotten:
            self.forget()
            self.forgotten = forgotten

    def forget(self) -> None:
        self.earliest.clear()


def hashed(link: LinkRow) -> int:
    return xxhash.xxh3_64_intdigest(f"{link.projectId}\0{link.kind}\0{link.fromId}\0{link.toId}".encode())


known = KnownLinks()


def forget_everywhere(store: "redis.Redis") -> None:
    """Let every process forget what it knows: some of it is not stored any more."""
    known.forget()
    store.incr(FORGOTTEN)
