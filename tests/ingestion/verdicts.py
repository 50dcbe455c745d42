"""The published cases of ingestion and sessions that we answer otherwise: what we answer, and why."""

from typing import Any

BEACON = (
    "engagement is an event like any other here; it counts, lasts and shows interest unless sent as not interactive"
)
SCROLL = "scroll depth is a property like any other: kept as sent, left out where it is null"
ONCE = "an event id is one event for two days, whatever the time of its repeats"

OTHERWISE: dict[str, tuple[dict[str, Any], str]] = {
    "IN07-bad-sent-at": ({"warning": None}, "a sentAt that cannot be read corrects nothing; nobody is warned"),
    "IN26-referrer-trunc": ({"referrer_length": 0}, "nothing is cut; what names no host is no referrer"),
    "IN28-prop-value": ({"accepted": True, "error_field": None}, "8,192 characters are allowed, a setting"),
    "IN32-prop-nested": ({"props": {"foo.bar": "baz", "other_key": "1"}}, "nested values are kept under dotted keys"),
    "IN34-prop-malformed": (
        {"accepted": False, "error_field": "payload.properties", "props": None},
        "properties that are no object are a 400: nothing is dropped silently",
    ),
    "IN40-path-hash": ({"path": "/"}, "a fragment is a page only after / or !/, as hash routers write it"),
    "IN42-hostless": ({"hostname": ""}, "what is unknown is an empty text, not a word for it"),
    "IN52-scroll": ({"scroll_depth": "25"}, SCROLL),
    "IN54-scroll": ({"scroll_depth": "101"}, SCROLL),
    "IN56-scroll": ({"scroll_depth": "-1"}, SCROLL),
    "IN58-scroll": ({"scroll_depth": None}, SCROLL),
    "IN62-client-ip": (
        {"client_ip": "127.0.0.1"},
        "only x-client-ip, x-forwarded-for and forwarded name an address; 0.0.0.0 is none, so it is the socket's",
    ),
    "IN70-visitor-host": ({"same_visitor": True}, "a cookie-less device is one on all hosts of a project"),
    "IN74-mp-time": ({"count": 1}, ONCE),
    "IN80-ph-next-day": ({"count": 1}, ONCE),
    "SE09-engagement-neutral": ({"is_bounce": False, "duration": 10, "events": 2}, BEACON),
    "SE15-hostname-change": (
        {"exit_page_hostname": None},
        "a session keeps the origin of its entry; the exit's is with its event",
    ),
}  # fmt: skip
