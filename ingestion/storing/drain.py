"""From the log into ClickHouse, exactly once as far as any count can tell.

One holder at a time drains a shard, and every step of its way can be cut short without loss or double counting:

1. It takes the shard's lock, which has an owner and a short life. Who is not the owner any more cannot read from the
   log: the script looks at the lock first.
2. What an earlier holder read and did not finish is one batch, no more and no less: batches are read one at a time,
   under one consumer name. Only when there is none, new entries are read, as one batch. Waiting for more entries
   comes before that reading, never after it.
3. A batch's token follows from its entries, it is cut into chunks at fixed places, and what becomes of each event of
   a chunk is decided once (ingestion.storing.chunks), so that its inserts are the same whoever repeats them;
   ClickHouse drops an insert whose token it has seen. A holder that was only asleep and does not know that its lock
   is gone can merely repeat what its successor inserts as well.
4. After the inserts one script acknowledges and deletes the entries, sets aside what could not be stored and notes
   whose sessions have to be cut. Cut short before it, the batch is unfinished: see 2. Whoever of two holders of the
   same batch gets there first does it for both, so that inserts slower than the lock's life still come to an end.

While ClickHouse is away nothing is acknowledged. The shard then rests, longer each time up to a limit, so that
returning ClickHouse meets one attempt and not a herd.
"""

import gc
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import redis

from eventlens import changes, metrics
from eventlens.api import Unavailable
from eventlens.clickhouse.errors import ClickHouseError
from ingestion.door.accepted import AcceptedChange, AcceptedEvent
from ingestion.log import lanes, stream
from ingestion.log.decisions import Decisions
from ingestion.log.stream import Batch, Holder, LockLost, Outcome
from ingestion.storing.chunks import Work, store_chunk
from ingestion.storing.links import known

logger = logging.getLogger(__name__)

CHUNK = 20_000  # events an insert; part of every token, so changing it needs an empty log
TURN_SECONDS = 2.0  # then other work of the same worker gets its turn

decode_events = msgspec.msgpack.Decoder(list[AcceptedEvent | AcceptedChange]).decode


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
    known.follow(stream.store())
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


@contextmanager
def without_collector() -> Iterator[None]:
    """A batch makes some hundred thousand objects and no cycles: looking for cycles would double its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@without_collector()
def finish(holder: Holder, batch: Batch) -> None:
    """Store a batch and only then let it go."""
    work = Work()
    for number, chunk in enumerate(chunks(batch, work)):
        store_chunk(chunk, f"{batch.token}:{number}", work, Decisions(holder, batch, number))
    metrics.observe("batch_entries", len(batch.ids))
    metrics.count("events_quarantined", len(work.refused))
    if work.refused:
        # The reasons may quote what a visitor sent: they are for the quarantine, not for the log.
        logger.error("Shard %s: %s are in quarantine now; the admin tells why.", holder.shard, len(work.refused))
    touched = lanes.touched_lanes(work.stored)
    changes.note(stream.store(), {project_id: spans.values() for project_id, spans in touched.items()})
    holder.finish(batch, Outcome(work.refused, touched, work.marks()))
    # Only now: a batch that is repeated has to leave the marks of its links again.
    known.remember(work.links)


def chunks(batch: Batch, work: Work) -> Iterator[list[AcceptedEvent | AcceptedChange]]:
    """What the batch holds, CHUNK by CHUNK; an entry that cannot be read is set aside as a whole."""
    waiting: list[AcceptedEvent | AcceptedChange] = []
    for payload in batch.payloads:
        try:
            waiting += decode_events(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
            work.refused.append({"reason": f"The entry cannot be read: {wrong}", "entry": payload})
        while len(waiting) >= CHUNK:
            yield waiting[:CHUNK]
            del waiting[:CHUNK]
    if waiting:
        yield waiting
