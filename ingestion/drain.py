"""From the log into ClickHouse, exactly once as far as any count can tell.

One holder at a time drains a shard, and every step of its way can be cut short without loss or double counting:

1. It takes the shard's lock, which has an owner and a short life. Who is not the owner any more cannot read from the
   log: the script looks at the lock first.
2. What an earlier holder read and did not finish is one batch, no more and no less: batches are read one at a time,
   under one consumer name. Only when there is none, new entries are read, as one batch. Waiting for more entries
   comes before that reading, never after it.
3. A batch's token follows from its entries, and it is cut into chunks at fixed places, so that its inserts are the
   same whoever repeats them; ClickHouse drops an insert whose token it has seen. A holder that was only asleep and
   does not know that its lock is gone can merely repeat what its successor inserts as well.
4. After the inserts one script acknowledges and deletes the entries, sets aside what could not be stored and notes
   whose sessions have to be cut. Cut short before it, the batch is unfinished: see 2. Whoever of two holders of the
   same batch gets there first does it for both, so that inserts slower than the lock's life still come to an end.

While ClickHouse is away nothing is acknowledged. The shard then rests, longer each time up to a limit, so that
returning ClickHouse meets one attempt and not a herd.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import msgspec
import redis

from analytics.directory import find_project
from eventlens.api import Unavailable
from eventlens.clickhouse.errors import ClickHouseError
from ingestion import lanes, stream
from ingestion.accepted import AcceptedEvent
from ingestion.enrichment import enrich
from ingestion.rows import EventRow
from ingestion.store import insert_rows
from ingestion.stream import Batch, Holder, LockLost, Outcome

logger = logging.getLogger(__name__)

CHUNK = 20_000  # events an insert; part of every token, so changing it needs an empty log
TURN_SECONDS = 2.0  # then other work of the same worker gets its turn
TABLES = {"events": False, "bot_events": True}  # by whether they hold bots

decode_events = msgspec.msgpack.Decoder(list[AcceptedEvent]).decode
encode = msgspec.msgpack.encode


def drain(shard: int) -> bool:
    """Store what the shard's log holds, for about one turn; True if there may be more.

    An error that nobody foresaw leaves the lock to run out by itself, which keeps its repetitions apart.
    """
    try:
        holder = stream.take(shard)
        return holder is not None and work_off_or_rest(holder)
    except redis.RedisError as away:
        logger.warning("Shard %s: Redis does not answer, events wait in it: %s", shard, away)
        return False


def work_off_or_rest(holder: Holder) -> bool:
    try:
        return work_off(holder)
    except LockLost:
        logger.warning("Shard %s: the lock ran out during a batch; whoever has it now goes on.", holder.shard)
    except (ClickHouseError, Unavailable) as failed:
        seconds = holder.rest()
        logger.warning("Shard %s: events wait, the next try is in %s s: %s", holder.shard, seconds, failed)
    return False


def work_off(holder: Holder) -> bool:
    """Batch after batch until there is none or the turn is over; True in the latter case. Raises LockLost."""
    deadline = time.monotonic() + TURN_SECONDS
    if batch := holder.unfinished():
        finish(holder, batch)
    while time.monotonic() < deadline:
        linger(holder)
        batch = holder.fresh()
        if batch is None:
            return False
        finish(holder, batch)
    holder.release()
    return True


def linger(holder: Holder) -> None:
    """Let the batch grow for what is left of the flush interval: many small inserts would choke ClickHouse."""
    if wait := holder.linger_ms():
        time.sleep(wait / 1000)


def finish(holder: Holder, batch: Batch) -> None:
    """Store a batch and only then let it go."""
    work = Work()
    events = decoded(batch, work)
    for number, chunk in enumerate(iter(lambda: list(islice(events, CHUNK)), [])):
        holder.renew()
        store_chunk(chunk, f"{batch.token}:{number}", work)
    for one in work.refused:
        logger.error("Shard %s: set aside in the quarantine: %s", holder.shard, one["reason"])
    holder.finish(batch, Outcome(work.refused, lanes.touched_lanes(work.stored)))


@dataclass
class Work:
    """What a batch's chunks have come to so far."""

    refused: list[dict[str, str | bytes]] = field(default_factory=list)
    stored: list[tuple[str, str, str, int]] = field(default_factory=list)

    def refuse(self, event: AcceptedEvent, reason: str) -> None:
        self.refused.append({"reason": reason, "project": event.project_id, "event": encode(event)})


def decoded(batch: Batch, work: Work) -> Iterator[AcceptedEvent]:
    """The batch's events one by one; an entry that cannot be read is set aside as a whole."""
    for payload in batch.payloads:
        try:
            yield from decode_events(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
            work.refused.append({"reason": f"The entry cannot be read: {wrong}", "entry": payload})


def store_chunk(chunk: Sequence[AcceptedEvent], token: str, work: Work) -> None:
    """One insert a table, bots apart; raises ClickHouseError where the rows are not to blame."""
    pairs = list(enriched(chunk, work))
    for table, is_bot in TABLES.items():
        events = [event for event, row in pairs if row.is_bot == is_bot]
        block = [row for _, row in pairs if row.is_bot == is_bot]
        for bad in insert_rows(table, block, f"{token}:{table}"):
            work.refuse(events[bad.position], f"ClickHouse refuses the row: {bad.reason}")
    work.stored += [
        (event.project_id, event.session_id, event.device_id, event.created_ms)
        for event, row in pairs
        if not row.is_bot
    ]


def enriched(chunk: Sequence[AcceptedEvent], work: Work) -> Iterator[tuple[AcceptedEvent, EventRow]]:
    """Each event with its row; what cannot have one is set aside. Raises Unavailable if the database is away."""
    projects = {project_id: find_project(project_id) for project_id in {event.project_id for event in chunk}}
    for event in chunk:
        project = projects[event.project_id]
        if project is None:
            work.refuse(event, "The project does not exist any more.")
            continue
        try:
            row = enrich(event, project)
        except Exception as failed:
            # A bug of ours, met by one event: it must not keep the others out.
            logger.exception("The enrichment of event %s failed.", event.event_id)
            work.refuse(event, f"The enrichment failed: {type(failed).__name__}: {failed}")
            continue
        yield event, row
