"""What the sender says of the visitor by name, where it knows better than a user agent or an address can tell."""

from collections.abc import Mapping

from ingestion.enrichment.block import Block
from ingestion.storing.rows import DEVICES

COLUMNS = ("browser", "browserVersion", "os", "osVersion", "brand", "model", "region", "city")


def fill(block: Block) -> None:
    """Fills the columns that an event names as reserved keys (__os, __browser, __device, …)."""
    for at, event in enumerate(block.events):
        if event.overrides:
            for column, value in replaced(event.overrides).items():
                block.put(column, {at: value})


def replaced(given: Mapping[str, str]) -> dict[str, str]:
    """Values by column. A device that is no class ("iPhone 15 Pro") is the model, as SDKs of apps send it."""
    found = {column: value for column in COLUMNS if (value := given.get(column))}
    if device := given.get("device"):
        found |= {"device": kind} if (kind := device.lower()) in DEVICES else {"model": device}
    if is_country(code := given.get("country", "").upper()):
        found["country"] = code
    return found


def is_country(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.isalpha()
