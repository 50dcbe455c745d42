"""What was sent and what was answered: the senders write it, the judge reads it."""

import threading
from collections import Counter
from dataclasses import dataclass

from tests.chaos.story import Item


@dataclass
class Entry:
    """One item on its way; times are epoch milliseconds."""

    item: Item
    has_id: bool
    sent_ms: int
    answered_ms: int = 0  # 0: no 200 came
    device: str = ""  # as the answer says


class Ledger:
    """Shared by all senders; `wrong` holds what must not have been answered."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.entries: dict[str, Entry] = {}
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []

    def sent(self, items: tuple[Item, ...], has_id: bool, now_ms: int) -> None:
        with self.lock:
            for item in items:
                self.entries[item.mark] = Entry(item, has_id, now_ms, device=item.device)

    def taken(self, items: tuple[Item, ...], now_ms: int, device: str = "") -> None:
        with self.lock:
            self.counts["items taken"] += len(items)
            for item in items:
                self.entries[item.mark].answered_ms = now_ms
                self.entries[item.mark].device = item.device or device

    def count(self, what: str) -> None:
        with self.lock:
            self.counts[what] += 1

    def complain(self, what: str) -> None:
        with self.lock:
            self.wrong.append(what)

    def events_sent(self) -> int:
        with self.lock:
            return sum(entry.item.kind == "track" for entry in self.entries.values())
