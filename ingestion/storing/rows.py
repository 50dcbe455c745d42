"""The row of an event as ClickHouse stores it: one field per inserted column, in one order."""

from collections.abc import Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Any

import msgspec

SCREEN_VIEWS = frozenset({"page_view", "screen_view", "pageview", "$pageview"})
NO_REVENUE = Decimal(0)
REVENUE_LIMIT = Decimal(10**14)  # Decimal(18, 4) leaves fourteen digits before the point
BOT = "bot"
DEVICES = frozenset({"desktop", "mobile", "tablet", "console", "smarttv", "wearable", "server", BOT})

Columns = dict[str, list[Any]]  # of equal length, by name


class EventRow(msgspec.Struct, gc=False, kw_only=True):
    """The names of the fields are the names of the columns; personKey and sessionKey are ClickHouse's own work."""

    projectId: str
    name: str
    createdAt: int  # epoch milliseconds, which the driver writes to DateTime64(3) as they are
    receivedAt: int
    eventId: str
    deviceId: str
    profileId: str
    sessionId: str
    isScreenView: int
    isInteractive: int
    path: str = ""
    origin: str = ""
    query: str = ""
    title: str = ""
    referrer: str = ""
    referrerName: str = ""
    referrerType: str = ""
    channel: str = ""
    utmSource: str = ""
    utmMedium: str = ""
    utmCampaign: str = ""
    utmTerm: str = ""
    utmContent: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    address: str = ""
    browser: str = ""
    browserVersion: str = ""
    os: str = ""
    osVersion: str = ""
    device: str = ""
    brand: str = ""
    model: str = ""
    revenue: Decimal = NO_REVENUE
    currency: str = ""
    sdkName: str = ""
    sdkVersion: str = ""
    properties: dict[str, str]
    numbers: dict[str, float]
    groups: list[str] = []

    @property
    def is_bot(self) -> bool:
        """Whether the row belongs into bot_events instead of events."""
        return self.device == BOT


EVENT_COLUMNS: tuple[str, ...] = EventRow.__struct_fields__
# What the table has for a column that is not sent.
ABSENT: dict[str, object] = {
    **{field.name: "" for field in msgspec.structs.fields(EventRow) if field.type is str},
    "revenue": NO_REVENUE,
    "properties": {},
    "numbers": {},
    "groups": [],
}


def told(columns: Columns) -> Columns:
    """The columns that say anything: to send the others would cost as much, and the table has the same in them."""
    return {
        name: values
        for name, values in columns.items()
        if any(values) or name not in ABSENT or values.count(ABSENT[name]) < len(values)
    }


def columns(rows: Sequence[msgspec.Struct]) -> Columns:
    """Rows of one kind turned into columns, as eventlens.clickhouse.client.insert takes them."""
    return {name: list(map(attrgetter(name), rows)) for name in rows[0].__struct_fields__}
