"""Properties made flat: dotted keys, every value as text, numbers a second time as numbers, reserved keys lifted.

    {"plan": "pro", "seats": 3, "vip": true, "cart": {"total": 9.5}, "tags": ["a", "b"], "gone": null}

becomes plan=pro, seats=3, vip=true, cart.total=9.5, tags=["a","b"], tags.0=a, tags.1=b; seats and cart.total are
numbers as well. A list of plain values is kept whole too, so that one can ask whether it contains something.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import msgspec

from eventlens.api import Problem
from eventlens.limits import limits
from ingestion.wire.refusal import Refused

WHERE = "payload.properties"
SAFE = 2**53  # whole numbers up to it are floats without loss
NUL = "A NUL character cannot be stored."
encode_json = msgspec.json.encode
MOST_NAMES = 4096


# All as text, the numeric ones again as numbers; and whether some name begins as reserved ones do.
Flat = tuple[dict[str, str], dict[str, float], bool]


class Nested(Exception):
    """A value has parts of its own."""


def flatten(properties: dict[str, Any]) -> Flat:
    """Raises Refused where a limit is passed, naming the property; nothing is ever cut."""
    try:
        return flat_of(properties.items())  # as most are
    except Nested:
        return flat_of(leaves(properties.items(), "", limits().max_depth))


def flat_of(named: Iterable[tuple[str, Any]]) -> Flat:
    """Raises Nested, and Refused."""
    config = limits()
    names, longest, most = known_names(config.max_key_length), config.max_value_length, config.max_properties
    texts: dict[str, str] = {}
    numbers: dict[str, float] = {}
    has_prefix = False
    for key, value in named:
        kind = value.__class__
        if kind is str:
            text = value
        elif value is None:
            continue
        elif kind is int and -SAFE <= value <= SAFE:
            text = str(value)
            numbers[key] = float(value)
        elif kind is dict or kind is list:
            raise Nested
        else:
            text = text_of(key, value, numbers)
        if key not in names:
            has_prefix |= checked(key, names)
        if "\0" in text:
            raise Refused(Problem(f"{WHERE}.{key}", NUL))
        if len(text) > longest:
            message = f"A property's value has at most {longest} characters."
            raise Refused(Problem(f"{WHERE}.{key}", message))
        texts[key] = text
        if len(texts) > most:
            raise Refused(Problem(WHERE, f"An event has at most {most} properties, counted flat."))
    return texts, numbers, has_prefix


@cache
def known_names(longest: int) -> set[str]:
    """Names of properties that were checked and begin as no reserved one does."""
    return set()


def checked(name: str, names: set[str]) -> bool:
    """Whether a property's name is one that may be reserved; raises Refused for one that cannot be stored."""
    if "\0" in name:
        raise Refused(Problem(f"{WHERE}.{name}".replace("\0", "\ufffd"), NUL))
    longest = limits().max_key_length
    if len(name) > longest:
        message = f"A property's full name has at most {longest} characters."
        raise Refused(Problem(f"{WHERE}.{name[:50]}…", message))
    if name.startswith("__"):
        return True
    if len(names) >= MOST_NAMES:
        names.clear()
    names.add(name)
    return False


def leaves(branch: Iterable[tuple[str, Any]], prefix: str, levels: int) -> Iterator[tuple[str, Any]]:
    """Each value that is not null with its dotted key; a list of plain values also whole, as JSON."""
    for name, value in branch:
        key = prefix + name
        if isinstance(value, (dict, list)):
            if levels <= 1:
                message = f"Properties are nested at most {limits().max_depth} levels deep."
                raise Refused(Problem(f"{WHERE}.{key}", message))
            if isinstance(value, list) and is_plain(value):
                yield key, encode_json(value).decode()
            yield from leaves(named_parts(value), f"{key}.", levels - 1)
        elif value is not None:
            yield key, value


def named_parts(value: dict[str, Any] | list[Any]) -> Iterable[tuple[str, Any]]:
    """The parts of a nested value; those of a list are named by position."""
    if isinstance(value, dict):
        return value.items()
    return ((str(index), part) for index, part in enumerate(value))


def is_plain(values: list[Any]) -> bool:
    return not any(isinstance(value, (dict, list)) for value in values)


def text_of(key: str, value: Any, numbers: dict[str, float]) -> str:
    """A value that is no text in its one text form; a number also goes to the numbers."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = number_text(key, value)
    numbers[key] = float(value)
    return text


def number_text(key: str, value: int | float) -> str:
    """`3` for 3 and 3.0, so that equal numbers have equal texts; `1e+21` for what has no shorter form."""
    try:
        number = float(value)
    except OverflowError:
        message = "The number is too large; send it as text."
        raise Refused(Problem(f"{WHERE}.{key}", message)) from None
    if isinstance(value, int):
        return str(value)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def lift(texts: dict[str, str], numbers: dict[str, float]) -> dict[str, str]:
    """Take the reserved keys (`__path`, `__query.utm_source`, …) out and return them without their prefix.

    Keys with the prefix that mean nothing here stay properties.
    """
    lifted = {}
    for key in [key for key in texts if is_reserved(key)]:
        lifted[key[2:]] = texts.pop(key)
        numbers.pop(key, None)
    return lifted


def is_reserved(key: str) -> bool:
    return key.startswith("__") and (key[2:] in RESERVED or key.startswith("__query."))


# What stands in for a field of the payload, and what replaces something that the worker would find out.
FIELDS = frozenset({"path", "title", "referrer", "timestamp", "deviceId", "revenue", "currency", "ip"})
FINDINGS = frozenset(
    {"os", "osVersion", "browser", "browserVersion", "device", "brand", "model", "country", "region", "city"}
)
RESERVED = FIELDS | FINDINGS
