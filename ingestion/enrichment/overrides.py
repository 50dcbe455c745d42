"""What the sender says of the visitor by name, where it knows better than a user agent or an address can tell."""

from analytics.directory import ProjectRecord
from ingestion.accepted import AcceptedEvent
from ingestion.rows import DEVICES, EventRow

COLUMNS = ("browser", "browserVersion", "os", "osVersion", "brand", "model", "region", "city")


def fill(row: EventRow, event: AcceptedEvent, project: ProjectRecord) -> None:
    """Sets the columns that the event names as reserved keys (__os, __browser, __device, …)."""
    given = event.overrides
    if not given:
        return
    for column in COLUMNS:
        if value := given.get(column):
            setattr(row, column, value)
    if device := given.get("device"):
        set_device(row, device)
    if is_country(code := given.get("country", "").upper()):
        row.country = code


def set_device(row: EventRow, device: str) -> None:
    """A class of device sets the class; any other text ("iPhone 15 Pro") is the model, as SDKs of apps send it."""
    if (kind := device.lower()) in DEVICES:
        row.device = kind
    else:
        row.model = device


def is_country(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.isalpha()
