"""Which client a request comes from, and what vouches for it: its secret, or the page's origin."""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from analytics import last_used, origins
from analytics.directory import ClientRecord, find_client, has_secret

# META's names: request.headers would copy every header, and DRF's request.META is slow enough to be read once.
HEADER_PAIRS = (
    ("HTTP_EVENT_LENS_CLIENT_ID", "HTTP_EVENT_LENS_CLIENT_SECRET"),
    ("HTTP_OPENPANEL_CLIENT_ID", "HTTP_OPENPANEL_CLIENT_SECRET"),
)
CALLER = "eventlens.caller"
# Without a challenge DRF would answer 403 for 401; this scheme makes no browser ask for a password.
CHALLENGE = 'EventLens realm="event-lens-client-id and event-lens-client-secret"'
# One answer for an unknown client, a disabled one, a wrong secret and a foreign page: ids cannot be probed.
REFUSED = (
    "No client has this id and secret; check event-lens-client-id and event-lens-client-secret. "
    "A page that sends without a secret must be on the client's list of origins."
)
MISSING = "Name a client: send the headers event-lens-client-id and event-lens-client-secret."


class Credentials(NamedTuple):
    """What a request says of itself; `secret` may be empty."""

    client_id: str
    secret: str


@dataclass(frozen=True)
class Caller:
    """The client behind a request; `by_secret` is False when only the page's origin vouched for it."""

    client: ClientRecord
    by_secret: bool
    is_authenticated: bool = True


class BodyPair(msgspec.Struct, rename="camel"):
    """The credentials in a body, as pages send them that cannot set headers; every other field is skipped."""

    client_id: str = ""
    client_secret: str | None = None


body_pair = msgspec.json.Decoder(BodyPair)


class ClientAuthentication(BaseAuthentication):
    """Headers first, then the body; a request that names no client is left to the permissions to refuse."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        meta = request.META
        is_post = request.method == "POST"
        caller = authenticated(meta, lambda: request._request.body if is_post else b"")
        return None if caller is None else (caller, None)

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def authenticated(meta: MutableMapping[str, Any], body: Callable[[], bytes]) -> Caller | None:
    """The caller by the headers, else by the body; None if neither names a client. Raises AuthenticationFailed."""
    credentials = credentials_in(meta, body)
    if credentials is None:
        return None
    caller = identify(credentials, origin=meta.get("HTTP_ORIGIN", ""))
    if caller is None:
        raise AuthenticationFailed(REFUSED)
    last_used.note(caller.client.id)
    # Middleware sees Django's request only. No header can take this name: theirs begin with HTTP_.
    meta[CALLER] = caller
    return caller


def credentials_in(meta: Mapping[str, Any], body: Callable[[], bytes]) -> Credentials | None:
    """What a request says of itself; the body is looked at only where the headers are silent."""
    return from_headers(meta) or from_body(body())


def from_headers(meta: Mapping[str, Any]) -> Credentials | None:
    for id_name, secret_name in HEADER_PAIRS:
        if client_id := meta.get(id_name, ""):
            return Credentials(client_id, meta.get(secret_name, ""))
    return None


def from_body(body: bytes) -> Credentials | None:
    try:
        pair = body_pair.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return Credentials(pair.client_id, pair.client_secret or "") if pair.client_id else None


def identify(credentials: Credentials, origin: str) -> Caller | None:
    """A wrong secret is refused even from a listed page: who sends one means it."""
    client = find_client(credentials.client_id)
    if client is None:
        return None
    if credentials.secret:
        return Caller(client, by_secret=True) if has_secret(client, credentials.secret) else None
    return Caller(client, by_secret=False) if origins.is_allowed(origin, client.cors) else None


def known_caller(request: Request | HttpRequest) -> Caller | None:
    """The caller, once a view has authenticated the request."""
    caller = request.META.get(CALLER)
    return caller if isinstance(caller, Caller) else None


def caller_of(request: Request) -> Caller:
    """The caller of a view that asks for one; 401 where the request names no client."""
    if caller := known_caller(request):
        return caller
    raise NotAuthenticated(MISSING)
