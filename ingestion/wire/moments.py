"""When an event happened: the forms a time may come in, and what a wrong clock does to it; epoch milliseconds."""

import time
from datetime import UTC, datetime, timedelta

from eventlens.api import Problem
from ingestion.wire.refusal import Refused

Sent = str | int | float

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# As seconds this is the year 5138, as milliseconds it is March 1973: no real event is misread.
SECONDS_BELOW = 100_000_000_000
# Beyond any year a date can name; larger numbers would only make the arithmetic slow.
LARGEST = 10**15
AHEAD_MS = 23 * 3_600_000
DAY_MS = 24 * 3_600_000
FORMS = "Send ISO 8601 such as 2024-05-31T13:45:00Z, or the seconds or milliseconds since 1970 as a number."


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def parse(sent: Sent) -> int | None:
    """The moment that was meant, None if that cannot be told. A time without a zone is in UTC."""
    if not isinstance(sent, str):
        return from_number(sent)
    text = sent.strip()
    try:
        # Numbers first, for `1612010200000` could be read as a day of 1612; but eight digits are a day.
        return from_number(float(text)) if len(text) != 8 else from_iso(text)
    except ValueError:
        return from_iso(text)


def from_iso(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def milliseconds(moment: datetime) -> int:
    """An aware time as epoch milliseconds, exactly."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_number(number: int | float) -> int | None:
    # Not `>`, which lets NaN pass; and no float is made of it, which an int of 400 digits is too large for.
    if not abs(number) <= LARGEST:
        return None
    return round(number * 1000) if abs(number) < SECONDS_BELOW else round(number)


def happened(timestamp: Sent | None, sent_at: Sent | None, received_ms: int) -> int:
    """The event's time with the sender's clock corrected; raises Refused if the timestamp cannot be read.

    A `sentAt` that cannot be read corrects nothing: it is no reason to lose the event.
    """
    if timestamp is None or timestamp == "":
        return received_ms
    at = parse(timestamp)
    if at is None:
        raise Refused(Problem("payload.timestamp", f"This is not a time. {FORMS}"))
    sent = parse(sent_at) if sent_at is not None else None
    return at if sent is None else at + received_ms - sent


def settled(at: int, received_ms: int, retention_days: int | None) -> tuple[int, bool]:
    """The time to store, and whether it had to be adjusted; raises Refused if the project no longer keeps it."""
    if at - received_ms > AHEAD_MS:
        return received_ms, True
    if at < 0:
        raise Refused(Problem("payload.timestamp", f"The time lies before 1970. {FORMS}"))
    if retention_days is not None and received_ms - at > retention_days * DAY_MS:
        message = f"The event is older than the {retention_days} days for which this project keeps events."
        raise Refused(Problem("payload.timestamp", message))
    return at, False
