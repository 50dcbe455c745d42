"""The bytes of a request, never more than allowed, whatever the request says about their number."""

import zlib

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import UnsupportedMediaType

from eventlens.api import InvalidInput, Problem, TooLarge

ACCEPTED = frozenset({"", "application/json", "text/plain"})
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def body_of(request: HttpRequest) -> bytes:
    """The JSON text; raises UnsupportedMediaType (415), TooLarge (413) or InvalidInput."""
    check_media_type(request)
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding not in {"", "identity", "gzip"}:
        raise InvalidInput([Problem("body", "Send the body as it is or with Content-Encoding: gzip.")])
    body = chunked(request) if is_chunked(request) else request.body
    if encoding == "gzip":
        body = unzipped(body)
    return body.removeprefix(BYTE_ORDER_MARK)


def check_media_type(request: HttpRequest) -> None:
    """text/plain is what sendBeacon sends; a form is a mistake that JSON messages would not explain."""
    media_type = request.content_type or ""
    if media_type not in ACCEPTED and not media_type.endswith("+json"):
        raise UnsupportedMediaType(media_type, "Send JSON with Content-Type: application/json or text/plain.")


def is_chunked(request: HttpRequest) -> bool:
    """Without a length, and the server tells the end of the body itself, else reading might wait for ever."""
    return "CONTENT_LENGTH" not in request.META and bool(request.META.get("wsgi.input_terminated"))


def chunked(request: HttpRequest) -> bytes:
    """A body that comes in chunks; Django takes it for an empty one."""
    most = settings.EVENTLENS.max_body_bytes
    body: bytes = request.META["wsgi.input"].read(most + 1)
    if len(body) > most:
        raise too_large(most)
    return body


def unzipped(body: bytes) -> bytes:
    """A small body may unpack to a huge one; the limit holds for what comes out."""
    most = settings.EVENTLENS.max_body_bytes
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        result = unpacker.decompress(body, most + 1)
    except zlib.error:
        raise InvalidInput([Problem("body", "The body is not gzip, which its Content-Encoding names.")]) from None
    if len(result) > most:
        raise too_large(most)
    return result


def too_large(most: int) -> TooLarge:
    return TooLarge(f"The body has more than {most} bytes; send fewer events at once.")
