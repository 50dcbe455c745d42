"""The lean entrance: what ingestion.views does with events that are sent, on the event loop of the web server."""

import logging
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from django.conf import settings
from django.db import close_old_connections
from django.http.request import split_domain_port, validate_host
from rest_framework.exceptions import APIException

from analytics import cors, last_used
from analytics.authentication import CALLER, CHALLENGE
from analytics.directory import ProjectRecord
from eventlens.api import BUG, error_body, headers_of, refusal_body
from eventlens.bodies import Gone, Receive, Send, read_body
from eventlens.environ import Meta, Scope, asgi_headers, meta_of
from eventlens.limits import limits
from eventlens.logs import request_id
from eventlens.request_ids import id_for
from eventlens.threads import Threads
from ingestion.door.admission import Admission
from ingestion.door.gathering import Gathering
from ingestion.wire.body import check_form, text_of, too_large
from ingestion.wire.drafts import Sender
from ingestion.wire.letters import Letter, read_event, read_events
from ingestion.wire.refusal import count_refusal
from ingestion.wire.senders import sender_of

logger = logging.getLogger(__name__)
encode = msgspec.json.Encoder().encode
Read = Callable[[bytes, ProjectRecord, Sender], Letter]
PREFIXES = ("", "/api/v1/analytics")
ROUTES: Mapping[str, Read] = {prefix + "/track": read_event for prefix in PREFIXES} | {
    prefix + "/track/batch": read_events for prefix in PREFIXES
}
FIXED = [(b"content-type", b"application/json"), (b"vary", b"origin"), (b"x-content-type-options", b"nosniff")]
OK = 200


class Entrance:
    """Answers what it can do without waiting for a thread, and leaves every other request to the views."""

    def __init__(self, views: Threads) -> None:
        self.views = views
        self.gathering = Gathering()
        self.admission = Admission(self.gathering.errand)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = ROUTES.get(scope["path"])
        meta = meta_of(scope)
        if read is None or scope["method"] != "POST" or not is_known_host(meta.get("HTTP_HOST", "")):
            await self.views(scope, receive, send)
            return
        current = id_for(meta)
        token = request_id.set(current)
        try:
            status, body, headers = await self.answer(meta, receive, read)
        except Gone:
            return
        finally:
            request_id.reset(token)
        content = encode(body)
        headers |= cors.reading(status, meta.get(CALLER), meta.get("HTTP_ORIGIN", ""))
        told = [*FIXED, (b"content-length", b"%d" % len(content)), (b"x-request-id", current.encode())]
        if last_used.pending:
            self.gathering.threads.submit(write_last_used)
        await send({"type": "http.response.start", "status": status, "headers": told + asgi_headers(headers.items())})
        await send({"type": "http.response.body", "body": content})

    async def answer(self, meta: Meta, receive: Receive, read: Read) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Status, body and further headers."""
        try:
            return OK, await self.taken(meta, receive, read), {}
        except Gone:
            raise
        except APIException as refused:
            status, body, headers = refused.status_code, refusal_body(refused), headers_of(refused)
            if status == 401:
                headers["WWW-Authenticate"] = CHALLENGE
        except Exception:
            logger.exception("Unexpected error at the entrance")
            status, body, headers = 500, error_body(500, BUG), {}
        count_refusal(status)
        return status, body, headers

    async def taken(self, meta: Meta, receive: Receive, read: Read) -> dict[str, Any]:
        """The same checks in the same order as the views have them; raises APIException and Gone."""
        most = limits().max_body_bytes
        is_too_large = int(meta.get("CONTENT_LENGTH") or 0) > most
        body = b"" if is_too_large else await read_body(receive, most)
        caller, project = await self.admission.admit(meta, body)
        check_form(meta)
        if is_too_large:
            raise too_large(most)
        letter = read(text_of(meta, body), project, sender_of(meta, caller.by_secret))
        return letter.answer(await self.gathering.accept(project, caller.client.id, letter.drafts))

    async def close(self) -> None:
        await self.gathering.close()


@lru_cache(maxsize=1024)
def is_known_host(host: str) -> bool:
    """Whether Django would let it in; what it would refuse, it may refuse itself."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def write_last_used() -> None:
    close_old_connections()
    last_used.write_pending()
