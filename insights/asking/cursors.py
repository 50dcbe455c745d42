"""Where a list goes on: the time and the id of the last row shown, as one opaque word."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from insights.asking.filter_reading import shown
from insights.asking.parameters import Given

Place = tuple[int, str]  # epoch milliseconds, id

decode = msgspec.json.Decoder(Place).decode


def read(given: Given, name: str = "cursor") -> Place | None:
    """None stands for the list's beginning."""
    word = given.text(name)
    if not word:
        return None
    try:
        at, last = decode(urlsafe_b64decode(word))
    except (msgspec.MsgspecError, ValueError):
        at, last = -1, ""
    # ClickHouse's times end in 2299.
    if not 0 <= at < 10_413_792_000_000 or "\0" in last:
        given.problem(name, f"{name} cannot be {shown(word)}; send the word that the page before ended with.")
        return None
    return at, last


def word(place: Place) -> str:
    return urlsafe_b64encode(msgspec.json.encode(place)).decode()
