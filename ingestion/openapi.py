"""The API document's entries of the routes that take events in."""

from typing import Any

from django.conf import settings

from analytics.openapi import CLIENT_OR_PAGE
from eventlens.apidocs.operations import Answer, Operation, Schema, a_list, an_object, reference
from ingestion.openapi_payloads import BATCH, EXAMPLES, SCHEMAS

TAGS = {"ingestion": "Send what happened."}
ERRORS = (400, 401, 403, 404, 413, 415, 429, 503)
ANSWERED = {"eventId": "018fce7b2f10c2a94d3e8b7a6f5e4d3c", "deviceId": "5f0c9a", "sessionId": "9be1d2"}
IDS: dict[str, Schema] = {
    "deviceId": {"type": "string", "description": "The device, yours or the cookie-less one."},
    "sessionId": {"type": "string", "description": "The device's live session."},
}
POSITIONS = a_list({"type": "integer", "minimum": 0})

TAKEN = an_object(
    {
        "success": {"const": True},
        "eventId": {"type": "string"},
        **IDS,
        "duplicate": {"type": "boolean", "description": "There, and true, where this eventId was taken before."},
        "adjusted": {
            "type": "boolean",
            "description": "There, and true, where the time lay ahead and arrival was stored.",
        },
    },
    required=("success", "eventId", "deviceId", "sessionId"),
)
REJECTION = an_object(
    {
        "index": {"type": "integer", "minimum": 0},
        "error": {"type": "string"},
        "details": a_list(reference("Problem")),
    }
)
BATCH_TAKEN = an_object(
    {
        "success": {"const": True},
        "processed": {"type": "integer", "minimum": 1},
        "rejected": a_list(REJECTION),
        "duplicates": {**POSITIONS, "description": "Positions of items that were taken before."},
        "adjusted": {**POSITIONS, "description": "Positions of items stored at their arrival."},
    },
    required=("success", "processed", "rejected"),
)


def items() -> dict[str, dict[str, Any]]:
    """An example of each type."""
    return {kind: {"type": kind, "payload": payload} for kind, payload in EXAMPLES.items()}


def batch_schema() -> Schema:
    events = {**BATCH["properties"]["events"], "maxItems": settings.EVENTLENS.max_batch_items}
    return {**BATCH, "properties": {**BATCH["properties"], "events": events}}


OPERATIONS = {
    "TrackView.post": Operation(
        id="track",
        tag="ingestion",
        summary="Send one event, or say one thing about a person or a group",
        description="200 means that it stands in the append-only log and will be counted exactly once. "
        "`text/plain` is taken as JSON, as `sendBeacon` sends it; the body may be gzipped. Unknown fields are "
        "ignored, but for `identify`, where they are traits.",
        answers={200: Answer(TAKEN, {"taken": {"success": True, **ANSWERED}})},
        errors=ERRORS,
        body=reference("Item"),
        bodies=items(),
        security=CLIENT_OR_PAGE,
    ),
    "TrackBatchView.post": Operation(
        id="trackBatch",
        tag="ingestion",
        summary="Send many at once",
        description="Good items are taken, bad ones are reported one by one; only a batch without a good item is "
        "a 400.",
        answers={
            200: Answer(BATCH_TAKEN, {"all taken": {"success": True, "processed": 8, "rejected": []}}),
        },
        errors=ERRORS,
        body=batch_schema(),
        bodies={"one of each type": {"events": list(items().values())}},
        security=CLIENT_OR_PAGE,
    ),
    "DeviceIdView.get": Operation(
        id="deviceId",
        tag="ingestion",
        summary="Which device and session the caller's next event would be of",
        description="Without cookies: from the address and the user agent.",
        answers={200: Answer(an_object(IDS), {"known": {"deviceId": "5f0c9a", "sessionId": "9be1d2"}})},
        errors=(401, 403, 404, 429, 503),
        security=CLIENT_OR_PAGE,
    ),
}
COMPONENTS: dict[str, Schema] = {"schemas": SCHEMAS}
