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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import msgspec
import redis

from analytics.directory import find_project
from eventlens import metrics
from eventlens.api import Unavailable
from eventlens.clickhouse.errors import ClickHouseError
from ingestion import lanes, marks, stream
from ingestion.accepted import AcceptedChange, AcceptedEvent
from ingestion.enrichment import enrich
from ingestion.facts import Facts, LinkRow, person_key
from ingestion.links import known
from ingestion.rows import EventRow
from ingestion.store import insert_rows
from ingestion.stream import Batch, Holder, LockLost, Outcome

logger = logging.getLogger(__name__)

CHUNK = 20_000  # events an insert; part of every token, so changing it needs an empty log
NO_PROJECT = "The project does not exist any more."
TURN_SECONDS = 2.0  # then other work of the same worker gets its turn
TABLES = {"events": False, "bot_events": True}  # by whether they hold bots

decode_events = msgspec.msgpack.Decoder(list[AcceptedEvent | AcceptedChange]).decode
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
    metrics.observe("batch_entries", len(batch.ids))
    metrics.count("events_quarantined", len(work.refused))
    if work.refused:
        # The reasons may quote what a visitor sent: they are for the quarantine, not for the log.
        logger.error("Shard %s: %s are in quarantine now; the admin tells why.", holder.shard, len(work.refused))
    holder.finish(batch, Outcome(work.refused, lanes.touched_lanes(work.stored), work.marks()))
    # Only now: a batch that is repeated has to leave the marks of its links again.
    known.remember(work.links)


@dataclass
class Work:
    """What a batch's chunks have come to so far."""

    refused: list[dict[str, str | bytes]] = field(default_factory=list)
    stored: list[tuple[str, str, str, int]] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    profiles: set[tuple[str, str]] = field(default_factory=set)  # with new traits: project and profile

    def marks(self) -> marks.Marks:
        """What the rollups of persons and profiles have to look at."""
        result: dict[tuple[str, str], set[str]] = {}
        for project_id, profile_id in self.profiles:
            result.setdefault((marks.PROFILES, project_id), set()).add(profile_id)
        for link in self.links:
            names = result.setdefault((marks.PERSONS, link.projectId), set())
            if link.kind == "device":
                names.add(f"d{person_key('d', link.fromId)}")
            else:
                names.update(f"p{person_key('p', profile_id)}" for profile_id in (link.fromId, link.toId))
        return result

    def refuse(self, event: AcceptedEvent | AcceptedChange, reason: str) -> None:
        self.refused.append({"reason": reason, "project": event.project_id, "event": encode(event)})


def decoded(batch: Batch, work: Work) -> Iterator[AcceptedEvent | AcceptedChange]:
    """What the batch holds one by one; an entry that cannot be read is set aside as a whole."""
    for payload in batch.payloads:
        try:
            yield from decode_events(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
            work.refused.append({"reason": f"The entry cannot be read: {wrong}", "entry": payload})


def store_chunk(chunk: Sequence[AcceptedEvent | AcceptedChange], token: str, work: Work) -> None:
    """One insert a table, bots apart; raises ClickHouseError where the rows are not to blame."""
    changes = [one for one in chunk if isinstance(one, AcceptedChange)]
    pairs = list(enriched([one for one in chunk if isinstance(one, AcceptedEvent)], work))
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
    facts = Facts()
    facts.add_events(event for event, row in pairs if not row.is_bot)
    add_changes(facts, changes, work)
    store_facts(facts, {change.event_id: change for change in changes}, token, work)


def add_changes(facts: Facts, changes: Sequence[AcceptedChange], work: Work) -> None:
    """What is said of a project that is gone is set aside. Raises Unavailable if the database is away."""
    projects = {project_id: find_project(project_id) for project_id in {change.project_id for change in changes}}
    for change in changes:
        if projects[change.project_id] is None:
            work.refuse(change, NO_PROJECT)
        else:
            facts.add_change(change)


def store_facts(facts: Facts, changes: Mapping[str, AcceptedChange], token: str, work: Work) -> None:
    """One insert a table; the changes go by event id. Raises ClickHouseError where the rows are not to blame."""
    links = known.news(facts.link_rows())
    tables: dict[str, Sequence[msgspec.Struct]] = {
        "profile_changes": facts.profile_changes,
        "profile_sightings": list(facts.sightings.values()),
        "identity_links": links,
        "group_changes": facts.group_changes,
        "group_members": facts.group_members,
    }
    for table, rows in tables.items():
        for bad in insert_rows(table, rows, f"{token}:{table}"):
            logger.error("A row of %s is refused: %s", table, bad.reason)
            if change := changes.get(getattr(rows[bad.position], "eventId", "")):
                work.refuse(change, f"ClickHouse refuses the row: {bad.reason}")
    work.links += links
    work.profiles.update((row.projectId, row.profileId) for row in facts.profile_changes)


def enriched(chunk: Sequence[AcceptedEvent], work: Work) -> Iterator[tuple[AcceptedEvent, EventRow]]:
    """Each event with its row; what cannot have one is set aside. Raises Unavailable if the database is away."""
    projects = {project_id: find_project(project_id) for project_id in {event.project_id for event in chunk}}
    for event in chunk:
        project = projects[event.project_id]
        if project is None:
            work.refuse(event, NO_PROJECT)
            continue
        try:
            row = enrich(event, project)
        except Exception as failed:
            # A bug of ours, met by one event: it must not keep the others out.
            logger.exception("The enrichment of event %s failed.", event.event_id)
            work.refuse(event, f"The enrichment failed: {type(failed).__name__}: {failed}")
            continue
        yield event, row
