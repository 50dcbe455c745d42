"""The bytes of a request, never more than allowed, whatever the request says about their number."""

import zlib
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import UnsupportedMediaType

from eventlens.api import InvalidInput, Problem, TooLarge
from eventlens.limits import limits

ACCEPTED = frozenset({"", "application/json", "text/plain"})
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def body_of(request: HttpRequest) -> bytes:
    """The JSON text; raises UnsupportedMediaType (415), TooLarge (413) or InvalidInput."""
    check_form(request.META)
    return text_of(request.META, chunked(request) if is_chunked(request) else request.body)


def check_form(meta: Mapping[str, Any]) -> None:
    """text/plain is what sendBeacon sends; a form is a mistake that JSON messages would not explain."""
    media_type = meta.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if media_type not in ACCEPTED and not media_type.endswith("+json"):
        raise UnsupportedMediaType(media_type, "Send JSON with Content-Type: application/json or text/plain.")
    if encoding_of(meta) not in {"", "identity", "gzip"}:
        raise InvalidInput([Problem("body", "Send the body as it is or with Content-Encoding: gzip.")])


def text_of(meta: Mapping[str, Any], body: bytes) -> bytes:
    """The JSON text in a body that was read whole; raises TooLarge or InvalidInput."""
    most = limits().max_body_bytes
    if len(body) > most:
        raise too_large(most)
    if encoding_of(meta) == "gzip":
        body = unzipped(body)
    return body.removeprefix(BYTE_ORDER_MARK)


def encoding_of(meta: Mapping[str, Any]) -> str:
    encoding: str = meta.get("HTTP_CONTENT_ENCODING", "")
    return encoding.strip().lower()


def is_chunked(request: HttpRequest) -> bool:
    """Without a length, and the server tells the end of the body itself, else reading might wait for ever."""
    return "CONTENT_LENGTH" not in request.META and bool(request.META.get("wsgi.input_terminated"))


def chunked(request: HttpRequest) -> bytes:
    """A body that comes in chunks, up to one byte more than allowed; Django takes it for an empty one."""
    body: bytes = request.META["wsgi.input"].read(limits().max_body_bytes + 1)
    return body


def unzipped(body: bytes) -> bytes:
    """A small body may unpack to a huge one; the limit holds for what comes out."""
    most = limits().max_body_bytes
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        result = unpacker.decompress(body, most + 1)
    except zlib.error:
        raise InvalidInput([Problem("body", "The body is not gzip, which its Content-Encoding names.")]) from None
    if len(result) > most:
        raise too_large(most)
    if not unpacker.eof or unpacker.unused_data:
        raise InvalidInput([Problem("body", "The gzip data is cut off, or something follows it; send it again.")])
    return result


def too_large(most: int) -> TooLarge:
    return TooLarge(f"The body has more than {most} bytes; send fewer events at once.")
