"""Who sends events and from where, as the headers of a request tell it."""

from collections.abc import Mapping
from typing import Any

from analytics.addresses import address_in
from ingestion.wire.drafts import Sender
from ingestion.wire.moments import now_ms
from ingestion.wire.signals import signals_of

LONGEST_HEADER = 1024  # each event of a request carries them; real ones are shorter


def sender_of(meta: Mapping[str, Any], by_secret: bool) -> Sender:
    """From the headers by their WSGI names, once the caller stands among them."""
    return Sender(
        received_ms=now_ms(),
        address=address_in(meta),
        user_agent=header_text(meta.get("HTTP_USER_AGENT", "")),
        sdk_name=header_text(meta.get("HTTP_OPENPANEL_SDK_NAME", "")),
        sdk_version=header_text(meta.get("HTTP_OPENPANEL_SDK_VERSION", "")),
        by_secret=by_secret,
        signals="" if by_secret else signals_of(meta),
    )


def header_text(header: str) -> str:
    """Of a length that the log can bear. WSGI hands headers on as Latin-1, whatever they were written in."""
    header = header[:LONGEST_HEADER]
    return header if header.isascii() else header.encode("latin-1", "replace").decode("utf-8", "replace")
