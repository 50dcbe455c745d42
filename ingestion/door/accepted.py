"""What is written to the log before the 200: events to be enriched, and what is said about persons and groups."""

from dataclasses import dataclass, field

import msgspec


class AcceptedEvent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One event as the door let it in: validated, identified, timed, not yet enriched.

    It travels as a bare array, so entries that an older release left in the log must still decode: fields are
    only ever added at the end, with a default, and never moved.
    """

    project_id: str
    event_id: str
    device_id: str
    session_id: str  # as the client gave it; '' lets the times of the events decide
    profile_id: str  # '' for somebody not known yet
    name: str
    created_ms: int  # when it happened, epoch milliseconds, clock and rules already applied
    received_ms: int
    # Sent with a secret by a program that speaks for itself: an HTTP library as user agent, or none at all, is then
    # that program and not a bot. False for browsers and for imports, whose user agents are their visitors'.
    by_backend: bool
    url: str = ""  # a path or a full URL, as sent
    referrer: str = ""
    title: str = ""
    revenue: str | None = None  # a decimal as text; None where none was sent
    currency: str = ""
    is_interactive: bool | None = None  # as sent; None lets the name decide
    properties: dict[str, str] = {}  # flat, every value as text
    numbers: dict[str, float] = {}  # the numeric properties once more, as numbers
    user_agent: str = ""
    address: str = ""  # the visitor's; '' where the project's policy drops it
    sdk_name: str = ""
    sdk_version: str = ""
    # Reserved keys that the sender set by name: a column of ingestion.enrichment.overrides, or "query.<parameter>".
    overrides: dict[str, str] = {}
    is_cookieless: bool = False  # whether the device is one that the door made
    groups: list[str] = []  # of which the event is, as its sender says
    signals: str = ""  # what the headers of a request without a secret tell, see ingestion.wire.signals


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedChange:
    """What one item says about a person or a group; its `kind` is the type that was sent.

    It travels as a map, which tells it from the arrays of events, and is a dataclass because msgspec takes no two
    structs without tags where either may come. New fields need a default.
    """

    kind: str
    project_id: str
    event_id: str
    device_id: str
    session_id: str
    profile_id: str  # '' only for a device in a group
    created_ms: int
    received_ms: int
    by_backend: bool = False
    user_agent: str = ""
    is_cookieless: bool = False
    alias: str = ""
    groups: list[str] = field(default_factory=list)
    traits: dict[str, str | None] = field(
        default_factory=dict
    )  # flat, each as JSON text; None removes it and all below it
    added: dict[str, str] = field(default_factory=dict)  # decimal numbers as text
    signals: str = ""
