"""The checks that the fields of every payload share; each raises Refused with the field at fault."""

import secrets
import time
from collections.abc import Iterator
from itertools import count

from eventlens.api import Problem
from eventlens.limits import limits
from eventlens.random_hex import random_hex
from ingestion.wire.refusal import Refused

Id = str | int | float | None

# What programs send where they know nobody. Joined to a person, one of these would make everybody the same one.
NOBODY = frozenset(
    {
        *("", "0", "-1", "n/a", "nil", "none", "null", "nan", "undefined", "unknown", "true", "false"),
        *("anonymous", "guest", "not_authenticated", "[object object]", "id", "email", "distinct_id"),
        "00000000-0000-0000-0000-000000000000",
    }
)


def is_somebody(person_id: str) -> bool:
    """Whether the id names one person."""
    return person_id.strip().lower() not in NOBODY


def somebody(given: Id, field: str) -> str:
    """An id that must be there and name one person."""
    result = identifier(given, field)
    if not is_somebody(result):
        if not result:
            raise Refused(Problem(f"payload.{field}", "This field is required."))
        message = f"{result!r} stands for nobody in particular. Send the id of one person, or do not send this."
        raise Refused(Problem(f"payload.{field}", message))
    return result


def identifier(given: Id, field: str) -> str:
    """An id as text, '' for none; `42` and `42.0` are the same id."""
    if given.__class__ is str and len(given) <= limits().max_key_length and "\0" not in given:
        return given
    if given is None or given == "":
        return ""
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    most = limits().max_key_length
    result = given if isinstance(given, str) else str(given)
    if len(result) > most:
        raise Refused(Problem(f"payload.{field}", f"An id has at most {most} characters."))
    return without_nul(result, field) if "\0" in result else result


def without_nul(given: str, field: str) -> str:
    if "\0" in given:
        raise Refused(Problem(f"payload.{field}", "A NUL character cannot be stored."))
    return given


def new_event_id(received_ms: int) -> str:
    """32 hex digits that sort by time and, of one millisecond, in the order in which they were made.

    What a batch says twice of a person has one time: then the ids decide what was said last. A counter would
    do as well, but tell every visitor how many events there are.
    """
    return f"{received_ms:012x}{time.monotonic_ns() & 0xFFFFFFFFFFFF:012x}{secrets.token_hex(4)}"


def event_ids(received_ms: int) -> Iterator[str]:
    """The ids of the events of one request, one after the other: like new_event_id, but random only once."""
    stem = f"{received_ms:012x}{random_hex()}"
    for number in count():
        yield f"{stem}{number:04x}"
