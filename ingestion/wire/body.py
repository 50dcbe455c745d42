"""The bytes of a request, never more than allowed, whatever the request says about their number."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import UnsupportedMediaType

from eventlens.json_bodies import check_encoding, text_of
from eventlens.limits import limits

ACCEPTED = frozenset({"", "application/json", "text/plain"})


def body_of(request: HttpRequest) -> bytes:
    """The JSON text; raises UnsupportedMediaType (415), TooLarge (413) or InvalidInput."""
    check_form(request.META)
    return text_of(request.META, chunked(request) if is_chunked(request) else request.body)


def check_form(meta: Mapping[str, Any]) -> None:
    """text/plain is what sendBeacon sends; a form is a mistake that JSON messages would not explain."""
    media_type = meta.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if media_type not in ACCEPTED and not media_type.endswith("+json"):
        raise UnsupportedMediaType(media_type, "Send JSON with Content-Type: application/json or text/plain.")
    check_encoding(meta)


def is_chunked(request: HttpRequest) -> bool:
    """Without a length, and the server tells the end of the body itself, else reading might wait for ever."""
    return "CONTENT_LENGTH" not in request.META and bool(request.META.get("wsgi.input_terminated"))


def chunked(request: HttpRequest) -> bytes:
    """A body that comes in chunks, up to one byte more than allowed; Django takes it for an empty one."""
    body: bytes = request.META["wsgi.input"].read(limits().max_body_bytes + 1)
    return body
