"""What one request brings, read and checked: events that are ready for the door, and the answer once they are in."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from analytics.directory import ProjectRecord
from eventlens import metrics
from eventlens.api import InvalidInput, Problem
from ingestion.door.outcome import Accepted, Outcome
from ingestion.wire import contract
from ingestion.wire.drafts import Draft, Sender, draft, draft_all
from ingestion.wire.refusal import Refused


class Letter(msgspec.Struct, frozen=True):
    """Events of one request; `answer` puts into words what became of them."""

    drafts: Sequence[Draft]
    answer: Callable[[Outcome], dict[str, Any]]

    @property
    def received_ms(self) -> int:
        return self.drafts[0].event.received_ms


def read_event(text: bytes, project: ProjectRecord, sender: Sender) -> Letter:
    """The body of POST /track; raises InvalidInput."""
    try:
        item = contract.read_one(text, is_raw_needed=project.duplicate_window_ms > 0)
        return Letter([draft(item, project, sender)], single_answer)
    except Refused as refused:
        raise InvalidInput([contract.named(refused.problem)]) from None


def read_events(text: bytes, project: ProjectRecord, sender: Sender) -> Letter:
    """The body of POST /track/batch: each item is taken or rejected by itself; raises InvalidInput."""
    batch = contract.read_batch(text, is_raw_needed=project.duplicate_window_ms > 0)
    if batch.sent_at is not None:
        sender = msgspec.structs.replace(sender, sent_at=batch.sent_at)
    good, rejected = draft_all(batch.items, project, sender)
    if not good:
        raise InvalidInput([contract.numbered(index, problem) for index, problem in rejected.items()])
    places = list(good)
    return Letter(list(good.values()), lambda outcome: batch_answer(outcome, places, rejected))


def single_answer(outcome: Outcome) -> dict[str, Any]:
    """What the sender of one event is told; the remarks only where there is something to remark."""
    return told(outcome[0])


def told(accepted: Accepted) -> dict[str, Any]:
    body: dict[str, Any] = {
        "success": True,
        "eventId": accepted.event_id,
        "deviceId": accepted.device_id,
        "sessionId": accepted.session_id,
    }
    if accepted.is_duplicate:
        body["duplicate"] = True
    if accepted.is_adjusted:
        body["adjusted"] = True
    return body


def batch_answer(outcome: Outcome, places: Sequence[int], rejected: Mapping[int, Problem]) -> dict[str, Any]:
    """What the sender of a batch is told; `places` are the positions of the good items in it."""
    metrics.count("events_rejected", len(rejected), "invalid")
    body: dict[str, Any] = {
        "success": True,
        "processed": len(outcome),
        "rejected": [contract.rejection(index, problem) for index, problem in rejected.items()],
    }
    remarks = {"duplicates": outcome.duplicates(), "adjusted": outcome.adjusted()}
    return body | {name: [places[one] for one in found] for name, found in remarks.items() if found}
