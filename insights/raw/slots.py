"""How many exports a web process makes at once: each keeps a thread for as long as its client takes."""

import threading
from collections import Counter

from analytics.throttles import TooMany
from eventlens.api import Unavailable

MOST_AT_ONCE = 4
MOST_OF_A_CLIENT = 2
WAIT_SECONDS = 30
OWN = "This client has {most} exports running; wait until one is done."
ALL = "As many exports are running as this server makes at once; try again."


class Slots:
    """Of one process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.running: Counter[str] = Counter()

    def take(self, client: str) -> None:
        """Raises TooMany or Unavailable; whoever took a slot gives it back."""
        with self.lock:
            if self.running[client] >= MOST_OF_A_CLIENT:
                raise TooMany(OWN.format(most=MOST_OF_A_CLIENT), WAIT_SECONDS)
            if self.running.total() >= MOST_AT_ONCE:
                raise Unavailable(ALL, WAIT_SECONDS)
            self.running[client] += 1

    def give_back(self, client: str) -> None:
        with self.lock:
            self.running[client] -= 1
            self.running += Counter()  # forget those at zero


slots = Slots()
