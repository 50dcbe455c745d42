"""What has become of the wish to forget a person, in words."""

from typing import Any

from analytics.models import Erasure

LONGEST_ID = 10_000  # the most that the setting EVENTLENS_MAX_KEY_LENGTH allows
LONGEST_NUMBER = 18


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER


def shape(erasure: Erasure, prefix: str) -> dict[str, Any]:
    """`profileId` is null once the person is erased, and `erased` tells the numbers once they are known."""
    return {
        "id": str(erasure.pk),
        "profileId": erasure.subject or None,
        "state": erasure.state,
        "requestedAt": erasure.requested_at,
        "erasedAt": erasure.erased_at,
        "finishedAt": erasure.finished_at,
        "erased": erasure.counts,
        "statusUrl": f"{prefix}/insights/{erasure.project_id}/erasures/{erasure.pk}",
    }
