"""Who may send at the event loop's entrance: the checks of the views, without waiting where the answer is known."""

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from django.core.exceptions import SynchronousOnlyOperation
from rest_framework.exceptions import NotAuthenticated, NotFound

from analytics import authentication, directory
from analytics.authentication import Caller, Credentials
from analytics.directory import ProjectRecord
from analytics.permissions import NO_PROJECT, MayIngest
from analytics.request_counts import counts
from analytics.throttles import IngestThrottle
from eventlens.environ import Meta

# Requests that come together are mostly of one client; so little later than the caches is a disabled one refused.
KEPT_SECONDS = 0.05
Errand = Callable[..., Awaitable[Any]]


class Admitted(NamedTuple):
    """A client that may send, and into which project."""

    caller: Caller
    project: ProjectRecord


class Admission:
    """Answers out of memory, else sends a thread to ask the database and Redis."""

    def __init__(self, errand: Errand) -> None:
        self.errand = errand
        self.known: dict[tuple[Credentials | None, str | None], Admitted] = {}
        self.since = 0.0

    def counts_at_once(self, caller: Caller) -> bool:
        """Count the request: False, and it is not counted, where Redis would have to be asked. Raises TooMany."""
        limit = IngestThrottle.limit(caller.client)
        if limit:
            wait = counts.wait_if_known(caller.client.id, limit, time.time())
            if wait is None:
                return False
            IngestThrottle.check(limit, wait)
        return True

    async def admit(self, meta: Meta, body: bytes) -> Admitted:
        """Raises what the views raise, in their order."""
        now = time.time()
        admitted = await self.looked_up(meta, body, now)
        await self.count(admitted.caller, now)
        return admitted

    async def looked_up(self, meta: Meta, body: bytes, now: float) -> Admitted:
        admitted = self.at_hand(meta, body, now)
        if admitted is None:
            admitted = await self.errand(look_up, meta, body)
        return admitted

    def at_hand(self, meta: Meta, body: bytes, now: float) -> Admitted | None:
        """By what is in memory; None if that does not say."""
        if not 0 <= now - self.since < KEPT_SECONDS:
            self.known.clear()
            self.since = now
        said = (authentication.from_headers(meta), meta.get("HTTP_ORIGIN"))
        admitted = self.known.get(said)
        if admitted is None:
            with suppress(SynchronousOnlyOperation):  # it was forgotten between two looks
                admitted = look_up(meta, body) if is_at_hand(meta, body) else None
            if admitted and said[0]:
                self.known[said] = admitted
        return admitted

    async def count(self, caller: Caller, now: float) -> None:
        limit = IngestThrottle.limit(caller.client)
        if not limit:
            return
        wait = counts.wait_if_known(caller.client.id, limit, now)
        if wait is None:
            wait = await self.errand(counts.wait, caller.client.id, limit, now)
        IngestThrottle.check(limit, wait)


def is_at_hand(meta: Mapping[str, Any], body: bytes) -> bool:
    """Whether look_up() will not have to ask the database."""
    named = authentication.credentials_in(meta, lambda: body)
    return named is None or directory.is_known(named.client_id, named.secret)


def look_up(meta: Meta, body: bytes) -> Admitted:
    caller = authentication.authenticated(meta, lambda: body)
    if caller is None:
        raise NotAuthenticated(authentication.MISSING)
    MayIngest.check(caller)
    project = directory.find_project(caller.client.project_id)
    if project is None:
        raise NotFound(NO_PROJECT)
    return Admitted(caller, project)
