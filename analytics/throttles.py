"""How often a client may send and ask, and how often somebody may try to log in: 429 and when to come back."""

import logging
import time

import redis
from django.http import HttpRequest
from django_ratelimit.core import get_usage
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from analytics.authentication import known_caller
from analytics.directory import ClientRecord
from analytics.request_counts import AWAY_SECONDS, counts
from eventlens.limits import limits

logger = logging.getLogger(__name__)


class TooMany(Throttled):
    """429 with our message; DRF's own would only name the seconds."""

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(detail=message)
        self.wait = wait


class RatelimitPause:
    """Until when Redis is not asked, on the monotonic clock: one request waits for it to fail, not each."""

    until = 0.0


class ClientThrottle(BaseThrottle):
    """Comes after the permissions, so only who may do something uses up a client's limit."""

    message = ""

    def allow_request(self, request: Request, view: APIView) -> bool:
        caller = known_caller(request)
        limit = self.limit(caller.client) if caller else 0
        if caller and limit:
            self.check(limit, self.seconds(request, caller.client.id, limit))
        return True

    @classmethod
    def check(cls, limit: int, wait: int) -> None:
        """Raises TooMany if there are seconds to wait."""
        if wait:
            raise TooMany(cls.message.format(limit=limit, wait=wait), wait)

    @classmethod
    def limit(cls, client: ClientRecord) -> int:
        """Requests a minute; 0: any number."""
        raise NotImplementedError

    def seconds(self, request: Request, client_id: str, limit: int) -> int:
        """How long to wait, 0 for not at all."""
        raise NotImplementedError


class IngestThrottle(ClientThrottle):
    message = "This client may send {limit} requests a minute; send the events again in {wait} s, best as batches."

    @classmethod
    def limit(cls, client: ClientRecord) -> int:
        own = client.requests_per_minute
        return limits().ingest_requests_per_minute if own is None else own

    def seconds(self, request: Request, client_id: str, limit: int) -> int:
        return counts.wait(client_id, limit, time.time())


class QuestionThrottle(ClientThrottle):
    message = "This client may ask {limit} questions a minute; ask again in {wait} s."

    @classmethod
    def limit(cls, client: ClientRecord) -> int:
        own = client.questions_per_minute
        return limits().questions_per_minute if own is None else own

    def seconds(self, request: Request, client_id: str, limit: int) -> int:
        return seconds_to_wait(request._request, "questions", client_id, f"{limit}/m")


def seconds_to_wait(request: HttpRequest, group: str, who: str, rate: str) -> int:
    """Count one more of `who`; 0, or the seconds until it is allowed. Without Redis nobody waits."""
    now = time.monotonic()
    if now < RatelimitPause.until:
        return 0
    try:
        usage = get_usage(request, group=group, key=lambda group, request: who, rate=rate, increment=True)
    except redis.RedisError as away:
        RatelimitPause.until = now + AWAY_SECONDS
        logger.warning("The limit of %s is not kept while Redis does not answer: %s", group, away)
        return 0
    return max(1, int(usage["time_left"])) if usage and usage["should_limit"] else 0
