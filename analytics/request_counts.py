"""How many requests each client sent in this minute, counted by all processes together and seldom asked of Redis.

django-ratelimit asks Redis three times a request; docs/operations.md tells what that would cost an event. Here a
process counts by itself, and adds its count to Redis once a second and each time it has used up a thirty-second part
of what was left. As long as there are fewer processes than parts the limit holds exactly: near it each request is
counted in Redis, and beyond it none is, as the process knows the answer for the rest of the minute.
"""

import logging
import threading
from dataclasses import dataclass

import redis
from django.core.cache import cache

logger = logging.getLogger(__name__)
MINUTE = 60
PARTS = 32
TOLD_EVERY_SECONDS = 1.0
AWAY_SECONDS = 5.0  # after a failure Redis is left alone this long, so that not every request waits for it


@dataclass
class Count:
    """One client's minute: what Redis knew last, and what this process has not told it yet."""

    minute: int
    known: int = 0
    untold: int = 0
    due: float = 0.0

    def part_of(self, limit: int) -> int:
        return max(1, (limit - self.known) // PARTS)


class RequestCounts:
    """The counts of one process; `now` is epoch seconds."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.counts: dict[str, Count] = {}  # of one minute
        self.minute = 0
        self.away_until = 0.0

    def wait(self, client_id: str, limit: int, now: float) -> int:
        """Count one request: 0, or the seconds to wait because it is over the limit."""
        seconds_left = MINUTE - int(now) % MINUTE
        with self.lock:
            count = self.of_minute(client_id, int(now) // MINUTE)
            if count.known + count.untold >= limit:
                return seconds_left
            count.untold += 1
            if now < self.away_until or (count.untold < count.part_of(limit) and now < count.due):
                return 0
            told, count.untold, count.due = count.untold, 0, now + TOLD_EVERY_SECONDS
            count.known += told
        return seconds_left if self.tell(client_id, count, told, now) > limit else 0

    def wait_if_known(self, client_id: str, limit: int, now: float) -> int | None:
        """The same for who must not wait for Redis: None, and nothing is counted, where it would have to be asked."""
        with self.lock:
            count = self.of_minute(client_id, int(now) // MINUTE)
            if count.known + count.untold >= limit:
                return MINUTE - int(now) % MINUTE
            if now >= self.away_until and (count.untold + 1 >= count.part_of(limit) or now >= count.due):
                return None
            count.untold += 1
            return 0

    def of_minute(self, client_id: str, minute: int) -> Count:
        if minute != self.minute:
            self.counts.clear()
            self.minute = minute
        return self.counts.get(client_id) or self.counts.setdefault(client_id, Count(minute))

    def tell(self, client_id: str, count: Count, told: int, now: float) -> int:
        """Add to the count of all processes and learn it; without Redis the own count is all there is."""
        key = f"requests:{client_id}:{count.minute}"
        try:
            cache.add(key, 0, 2 * MINUTE)
            total = int(cache.incr(key, told))
        except (redis.RedisError, ValueError) as away:
            logger.warning("Requests cannot be counted across processes, each counts its own: %s", away)
            self.away_until = now + AWAY_SECONDS
            return count.known
        with self.lock:
            count.known = max(count.known, total)
        return total

    def forget(self) -> None:
        with self.lock:
            self.counts.clear()
            self.away_until = 0.0


counts = RequestCounts()
