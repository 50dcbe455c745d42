"""The one door: events that have passed the checks get device and session, and stand in the log, or are repeats.

Whatever the number of events, it is one round trip to Redis, and all of a request or nothing: accept.lua. A 503
leaves nothing behind, unless Redis did the work and its answer got lost; who names events by `eventId` may repeat.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import redis

from analytics.directory import ProjectRecord
from eventlens.api import Unavailable
from ingestion.door import devices, overload
from ingestion.door.outcome import Outcome, session_id_of
from ingestion.door.turn import Asked, Turn, live_key
from ingestion.log import stream
from ingestion.log.wake import enqueue_drains
from ingestion.wire.drafts import Draft, Sender

logger = logging.getLogger(__name__)
AWAY = "Events cannot be taken at the moment; send them again."


def accept(project: ProjectRecord, client_id: str, drafts: Sequence[Draft]) -> Outcome:
    """Put the events into the log and wake whoever drains it; raises Unavailable if Redis cannot take them."""
    with translated_errors():
        overload.check_memory()
        turn = Turn()
        asked = turn.add(project, client_id, drafts, visitor)
        shards = turn.settle(stream.script("accept")(keys=turn.keys(), args=turn.arguments()))
    outcome = outcome_of(asked)
    enqueue_drains(shards)
    return outcome


def outcome_of(asked: Asked) -> Outcome:
    """What became of a settled request; raises Unavailable if nothing of it was let in."""
    if not asked.reply:
        raise Unavailable(overload.FULL)
    return Outcome(asked)


def visitor(draft: Draft) -> tuple[str, ...]:
    """The devices that a visitor without one may have been given, today's first."""
    event = draft.event
    with translated_errors():
        salts = devices.cache.get(stream.store(), event.received_ms)
    return devices.device_ids(salts, event.project_id, draft.address, event.user_agent)


def present_device(project: ProjectRecord, sender: Sender) -> tuple[str, str]:
    """The sender's cookie-less device and its live session, '' if there is none; raises Unavailable."""
    with translated_errors():
        salts = devices.cache.get(stream.store(), sender.received_ms)
        known = devices.device_ids(salts, project.id, sender.address, sender.user_agent)
        live: list[Any] = stream.store().mget([live_key(project.id, device_id) for device_id in known])
    for device_id, span in zip(known, live, strict=True):
        start, last = (int(part) for part in (span or b"0:0").split(b":"))
        if last and sender.received_ms <= last + project.session_timeout_ms:
            return device_id, session_id_of(project.id, device_id, start)
    return known[0], ""


@contextmanager
def translated_errors() -> Iterator[None]:
    """Redis's errors become Unavailable."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as away:
        raise Unavailable(AWAY) from away
    except redis.RedisError as refused:
        # Out of memory, a full disk, a replica: whatever it is, an operator has to act, and the client to wait.
        logger.error("Redis refuses events: %s", refused)
        raise Unavailable(AWAY) from refused
