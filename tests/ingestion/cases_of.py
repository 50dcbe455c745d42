"""Reads the published cases of ingestion and puts them in our terms."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ingestion.wire.moments import parse
from tests.ingestion.verdicts import OTHERWISE

FOLDER = Path(__file__).parent / "cases"
Case = dict[str, Any]

# Words of the sources, and ours.
NAMES = {
    "session": "sessionId",
    "uuid": "eventId",
    "insert_id": "eventId",
    "timestamp": "timestamp",
    "sent_at": "sentAt",
}
FIELDS = {"url": "path", "referrer": "referrer", "interactive": "interactive"}
ERROR_FIELDS = {"url": "payload.path", "event_name": "payload.name", "props": "payload.properties.abc"}
REASONS = {"bot": "bot", "not_found": 401, "site_hostname_allowlist": 401, "throttle": 429, None: None}


def load(name: str) -> list[Case]:
    found: list[Case] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


def expected(case: Case) -> dict[str, Any]:
    """The case's answer in our words, but for what we answer otherwise."""
    wanted = dict(case["expected"])
    if "error_field" in wanted:
        wanted["error_field"] = ERROR_FIELDS[wanted["error_field"]]
    if "reason" in wanted:
        reasons = wanted["reason"]
        wanted["reason"] = [REASONS[one] for one in reasons] if isinstance(reasons, list) else REASONS[reasons]
    answer, _why = OTHERWISE.get(case["id"], ({}, ""))
    return wanted | answer


def payload(event: Case) -> dict[str, Any]:
    """A user is a profile and the device; what has no field of its own is a property."""
    properties = dict(event.get("properties") or {})
    given: dict[str, Any] = {"name": event["name"]}
    if "user" in event:
        given |= {"profileId": event["user"], "deviceId": event["user"]}
    given |= {ours: event[theirs] for theirs, ours in NAMES.items() if theirs in event}
    given |= {ours: properties.pop(theirs) for theirs, ours in FIELDS.items() if theirs in properties}
    if "path" in properties:
        given["path"] = f"https://{properties.pop('hostname')}{properties.pop('path')}"
    if revenue := properties.pop("revenue", None):
        given |= {"revenue": revenue["amount"], "currency": revenue["currency"]}
    props = properties.pop("props", {})
    return given | {"properties": props if not isinstance(props, dict) else properties | props}


def milliseconds(text: str) -> int:
    at = parse(text)
    assert at is not None
    return at


def host(origin: str) -> str:
    return urlsplit(origin).hostname or ""
