"""Which links are known to be stored already, so that a person's every event does not store its own again.

Only what a finished batch has stored counts as known: a batch that is repeated stores its links again, and the table
merges equal ones into the earliest.
"""

from collections import OrderedDict
from collections.abc import Iterable

import xxhash

from ingestion.facts import LinkRow

MOST_KNOWN = 100_000  # about 15 MB; what falls out is stored once more


class KnownLinks:
    """The links of late, each with its earliest time."""

    def __init__(self, most: int = MOST_KNOWN) -> None:
        self.most = most
        self.earliest: OrderedDict[int, int] = OrderedDict()

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

    def forget(self) -> None:
        self.earliest.clear()


def hashed(link: LinkRow) -> int:
    return xxhash.xxh3_64_intdigest(f"{link.projectId}\0{link.kind}\0{link.fromId}\0{link.toId}".encode())


known = KnownLinks()
