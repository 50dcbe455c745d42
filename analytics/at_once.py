"""How many questions of a client run at once, over all processes: 429 and when to come back.

Each running question holds a lease in Redis that is given back at its end. A process that is killed gives nothing
back; its leases end by themselves.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from analytics.throttles import TooMany
from eventlens import short_memory
from eventlens.limits import limits

WAIT_SECONDS = 1
QUERIES = 4  # of a question one after the other, each as long as it may take
MESSAGE = "This client has {limit} questions running; ask again when one is answered."
TAKE = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then
  return 0
end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[4])
redis.call('PEXPIREAT', KEYS[1], ARGV[2])
return 1
"""


def key_of(client_id: str) -> str:
    return f"eventlens:asking:{client_id}"


@contextmanager
def running(client_id: str) -> Iterator[None]:
    """Raises TooMany where the client has as many as it may; without Redis nobody is refused."""
    limit = limits().questions_at_once
    if not (client_id and limit):
        yield
        return
    lease = Lease(client_id)
    if short_memory.tried(lambda store: lease.take(store, limit)) is False:
        raise TooMany(MESSAGE.format(limit=limit), WAIT_SECONDS)
    try:
        yield
    finally:
        if lease.is_asked_for:
            short_memory.tried(lease.give_back, insists=True)


class Lease:
    """One running question. It may be taken though nobody heard so: once it is asked for, it is given back."""

    def __init__(self, client_id: str) -> None:
        self.key, self.name = key_of(client_id), uuid.uuid4().hex
        self.is_asked_for = False

    def take(self, store: "redis.Redis", limit: int) -> bool:
        self.is_asked_for = True
        now = int(time.time() * 1000)
        ends = now + QUERIES * limits().query_max_seconds * 1000
        return bool(store.eval(TAKE, 1, self.key, now, ends, limit, self.name))

    def give_back(self, store: "redis.Redis") -> None:
        store.zrem(self.key, self.name)
