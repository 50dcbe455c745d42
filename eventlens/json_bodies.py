"""The JSON in a request's body: unzipped where it came so, and never more of it than allowed."""

import zlib
from collections.abc import Mapping
from typing import IO, Any

import msgspec
from rest_framework.parsers import BaseParser

from eventlens.api import InvalidInput, Problem, TooLarge
from eventlens.limits import limits

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class JsonParser(BaseParser):
    """A JSON body, whatever its content type says: sendBeacon sends text/plain."""

    media_type = "*/*"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        meta = parser_context["request"].META if parser_context else {}
        check_encoding(meta)
        try:
            return msgspec.json.decode(text_of(meta, stream.read()))
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            raise InvalidInput([Problem("body", f"The body is not JSON: {wrong}.")]) from None
        except RecursionError:
            raise InvalidInput([Problem("body", "The body is nested too deeply; send flatter JSON.")]) from None


def check_encoding(meta: Mapping[str, Any]) -> None:
    if encoding_of(meta) not in {"", "identity", "gzip"}:
        raise InvalidInput([Problem("body", "Send the body as it is or with Content-Encoding: gzip.")])


def encoding_of(meta: Mapping[str, Any]) -> str:
    encoding: str = meta.get("HTTP_CONTENT_ENCODING", "")
    return encoding.strip().lower()


def text_of(meta: Mapping[str, Any], body: bytes) -> bytes:
    """The JSON text in a body that was read whole; raises TooLarge or InvalidInput."""
    most = limits().max_body_bytes
    if len(body) > most:
        raise too_large(most)
    if encoding_of(meta) == "gzip":
        body = unzipped(body)
    return body.removeprefix(BYTE_ORDER_MARK)


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
    return TooLarge(f"The body has more than {most} bytes; send less at once.")
