"""The lean entrance: what ingestion.views does with events that are sent, on the event loop of the web server."""

import logging
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from django.conf import settings
from django.db import close_old_connections
from django.http.request import split_domain_port, validate_host
from rest_framework.exceptions import APIException

from analytics import cors, last_used
from analytics.authentication import CALLER, CHALLENGE, from_headers
from eventlens.api import BUG, error_body, headers_of, refusal_body
from eventlens.bodies import Gone, Receive, Reply, Send, read_body
from eventlens.environ import Meta, Scope, asgi_headers, lines_of, meta_of
from eventlens.json_bodies import text_of, too_large
from eventlens.limits import limits
from eventlens.logs import request_id
from eventlens.request_ids import id_for
from eventlens.threads import Threads
from ingestion.door.accept import outcome_of
from ingestion.door.admission import Admission, Admitted
from ingestion.door.gathering import Gathering
from ingestion.door.heads import Head, Heads, Name, Read, name_of, sender_again
from ingestion.door.turn import Asked
from ingestion.wire.body import check_form
from ingestion.wire.drafts import Sender
from ingestion.wire.letters import Letter, read_event, read_events
from ingestion.wire.moments import now_ms
from ingestion.wire.refusal import count_refusal
from ingestion.wire.senders import sender_of

logger = logging.getLogger(__name__)
T = TypeVar("T")
encode = msgspec.json.Encoder().encode
Answer = tuple[int, dict[str, Any], dict[str, str]]  # status, body and further headers
PREFIXES = ("", "/api/v1/analytics")
ROUTES: Mapping[str, Read] = {prefix + "/track": read_event for prefix in PREFIXES} | {
    prefix + "/track/batch": read_events for prefix in PREFIXES
}
FIXED = [(b"content-type", b"application/json"), (b"vary", b"origin"), (b"x-content-type-options", b"nosniff")]
FIXED_LINES = lines_of(FIXED)
OK = 200
UNEXPECTED = "Unexpected error at the entrance"


class Entrance:
    """Answers what it can do without waiting for a thread, and leaves every other request to the views."""

    def __init__(self, views: Threads) -> None:
        self.views = views
        self.gathering = Gathering()
        self.admission = Admission(self.gathering.errand)
        self.heads = Heads()

    def at_once(self, scope: Scope, body: bytes, reply: Reply) -> bool:
        """Take a request without a task of its own, as most can be; False leaves it to __call__, untouched.

        `reply` is called when its turn has come back, or right now if it is refused.
        """
        name, received_ms = name_of(scope), now_ms()
        head = self.heads.find(name) or self.head_of(name, scope)
        if head is None or not self.gathering.is_ready(received_ms):
            return False
        current = id_for(head.meta)
        token = request_id.set(current)
        taken = guarded(lambda: self.take(head, received_ms, body, current, reply))
        request_id.reset(token)
        if isinstance(taken, bool):
            return taken
        reply(*self.lined(head.meta, current, *taken))
        return True

    def take(self, head: Head, received_ms: int, body: bytes, current: str, reply: Reply) -> bool:
        """Whether it needed nobody else; raises APIException."""
        admitted = head.admitted or self.admission.at_hand(head.meta, body, time.time())
        if admitted is None or not self.admission.counts_at_once(admitted.caller):
            return False
        sender = sender_again(head.sender or self.look_at(head, admitted), received_ms)
        letter = head.read(text_of(head.meta, body), admitted.project, sender)

        def told(asked: Asked | None, error: Exception | None) -> None:
            reply(*self.lined(head.meta, current, *guarded(lambda: answer_of(letter, asked, error))))

        self.gathering.join(admitted.project, admitted.caller.client.id, letter.drafts, told)
        return True

    def head_of(self, name: Name, scope: Scope) -> Head | None:
        """One that is not known yet; None for what is left to the views."""
        read = self.reads(scope, meta := meta_of(scope))
        return Head(name, meta, read) if read else None

    def look_at(self, head: Head, admitted: Admitted) -> Sender:
        """What a head says of its sender, with whom it is known from now on; raises APIException."""
        head.meta[CALLER] = admitted.caller
        check_form(head.meta)
        head.admitted, head.sender = admitted, sender_of(head.meta, admitted.caller.by_secret)
        if from_headers(head.meta):
            self.heads.keep(head)
        return head.sender

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = self.reads(scope, meta := meta_of(scope))
        if read is None:
            await self.views(scope, receive, send)
            return
        current = id_for(meta)
        token = request_id.set(current)
        try:
            answer = await self.answer(meta, receive, read)
        except Gone:
            return
        finally:
            request_id.reset(token)
        content, more = self.worded(meta, *answer)
        headers = [*FIXED, (b"content-length", b"%d" % len(content)), (b"x-request-id", current.encode())]
        headers += asgi_headers(more.items())
        await send({"type": "http.response.start", "status": answer[0], "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def reads(self, scope: Scope, meta: Meta) -> Read | None:
        """How the body is to be read; None for what is left to the views."""
        read = ROUTES.get(scope["path"])
        return read if scope["method"] == "POST" and is_known_host(meta.get("HTTP_HOST", "")) else None

    async def answer(self, meta: Meta, receive: Receive, read: Read) -> Answer:
        try:
            return OK, await self.taken(meta, receive, read), {}
        except Gone:
            raise
        except APIException as refused:
            return refusal(refused)
        except Exception:
            logger.exception(UNEXPECTED)
            return bug()

    async def taken(self, meta: Meta, receive: Receive, read: Read) -> dict[str, Any]:
        """The same checks in the same order as the views have them; raises APIException and Gone."""
        body = b"" if is_too_large(meta) else await read_body(receive, limits().max_body_bytes)
        admitted = await self.admission.admit(meta, body)
        meta[CALLER] = admitted.caller
        letter = written(meta, body, read, admitted)
        return letter.answer(await self.gathering.accept(admitted.project, admitted.caller.client.id, letter.drafts))

    def lined(
        self, meta: Meta, current: str, status: int, body: dict[str, Any], headers: dict[str, str]
    ) -> tuple[int, bytes, bytes]:
        """Status, head lines and content, as they are sent."""
        content, more = self.worded(meta, status, body, headers)
        lines = b"%scontent-length: %d\r\nx-request-id: %s\r\n" % (FIXED_LINES, len(content), current.encode())
        if more:
            lines += lines_of(asgi_headers(more.items()))
        return status, lines, content

    def worded(
        self, meta: Meta, status: int, body: dict[str, Any], headers: dict[str, str]
    ) -> tuple[bytes, dict[str, str]]:
        """The content, and the headers that not every answer has."""
        if last_used.pending:
            self.gathering.threads.submit(write_last_used)
        if origin := meta.get("HTTP_ORIGIN", ""):
            headers = headers | cors.reading(status, meta.get(CALLER), origin)
        return encode(body), headers

    async def close(self) -> None:
        await self.gathering.close()


def written(meta: Meta, body: bytes, read: Read, admitted: Admitted) -> Letter:
    """The events of an admitted request; raises APIException."""
    check_form(meta)
    if is_too_large(meta):
        raise too_large(limits().max_body_bytes)
    return read(text_of(meta, body), admitted.project, sender_of(meta, admitted.caller.by_secret))


def is_too_large(meta: Meta) -> bool:
    """By its own word."""
    return int(meta.get("CONTENT_LENGTH") or 0) > limits().max_body_bytes


def answer_of(letter: Letter, asked: Asked | None, error: Exception | None) -> Answer:
    """Of a request whose turn has come back; raises APIException."""
    if asked is None:
        raise error or RuntimeError(BUG)
    return OK, letter.answer(outcome_of(asked)), {}


def guarded(work: Callable[[], T]) -> T | Answer:
    """What the work returns, or how its error is answered."""
    try:
        return work()
    except APIException as refused:
        return refusal(refused)
    except Exception:
        logger.exception(UNEXPECTED)
        return bug()


def refusal(refused: APIException) -> Answer:
    headers = headers_of(refused)
    if refused.status_code == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    count_refusal(refused.status_code)
    return refused.status_code, refusal_body(refused), headers


def bug() -> Answer:
    count_refusal(500)
    return 500, error_body(500, BUG), {}


@lru_cache(maxsize=1024)
def is_known_host(host: str) -> bool:
    """Whether Django would let it in; what it would refuse, it may refuse itself."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def write_last_used() -> None:
    close_old_connections()
    last_used.write_pending()
