"""Events as they come out of the log, and what enrichment makes of them."""

from typing import Any

from analytics.directory import ProjectRecord
from ingestion.door.accepted import AcceptedEvent
from ingestion.enrichment import enrich
from ingestion.storing.rows import EventRow

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)


def accepted(**fields: Any) -> AcceptedEvent:
    """A page view in the middle of 2026, unless told otherwise."""
    values: dict[str, Any] = {
        "project_id": "shop",
        "event_id": "e1",
        "device_id": "d1",
        "session_id": "",
        "profile_id": "",
        "name": "page_view",
        "created_ms": 1_780_000_000_000,
        "received_ms": 1_780_000_000_500,
        "by_backend": False,
        "user_agent": CHROME,
        **fields,
    }
    return AcceptedEvent(**values)


def project(*own_domains: str) -> ProjectRecord:
    return ProjectRecord(
        id="shop",
        name="Shop",
        timezone="UTC",
        retention_days=None,
        session_timeout_ms=1_800_000,
        own_domains=own_domains,
        address_policy="geo",
        duplicate_window_ms=0,
    )


def visit(*own_domains: str, **fields: Any) -> EventRow:
    return enrich(accepted(**fields), project(*own_domains))
