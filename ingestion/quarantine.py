"""What could not be stored: moved from Redis into a table, looked at, and put back into the log on request.

Every step may be cut short anywhere and be done twice. An entry is moved under its id in Redis, which is unique in
the table, and leaves Redis after that. A replay is first noted in the table; the worker then puts the event into the
log and remembers that it did in one script, and notes it in the table at last. It goes round the door: the event has
an id, a device and a time already, and the id is remembered there for the sender's retries, which stay duplicates.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
import redis
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db.models import Q, QuerySet

from analytics.directory import find_project
from analytics.remembered import drop_dead_connection
from eventlens.api import Unavailable
from ingestion.door.accepted import AcceptedChange, AcceptedEvent
from ingestion.enrichment import location
from ingestion.log import stream
from ingestion.log.wake import enqueue_drains
from ingestion.models import LONGEST_ID, Kind, QuarantinedEvent, State

logger = logging.getLogger(__name__)

MOVED_AT_ONCE = 50  # an entry may have megabytes
REPLAYED_AT_ONCE = 1000
DELETED_AT_ONCE = 10_000  # the next time goes on
LOCK = "eventlens:quarantine:lock"
LOCK_SECONDS = 60  # for one piece
WAIT_SECONDS = 5.0
REPLAYED_KEPT = timedelta(days=7)
# For how long Redis remembers a replay that the table may not know of yet. The worker asks every few seconds.
REMEMBERED_MS = 30 * 24 * 3600 * 1000
ONE_EVENT = b"\x91"  # the head of a MessagePack array with one element
LOG_IS_FULL = -1
REMOVED_AT_ONCE = 500
ALIAS = "alias"

T = TypeVar("T")

encode = msgspec.msgpack.encode


def keep(now: datetime) -> None:
    """The whole of the housekeeping; a store that is away is told, and the next time goes on from there."""
    drop_dead_connection()
    try:
        collect()
        replay(now)
        prune(now)
    except redis.exceptions.LockError:
        logger.info("The quarantine waits for another worker, which moves events into it.")
    except (redis.RedisError, DatabaseFailure, Unavailable) as away:
        logger.warning("The quarantine waits, a store does not answer: %s", away)


def collect() -> int:
    """Move what waits in Redis into the table; returns how many entries.

    One does so at a time: what one has read while another moved it, and an erasure removed it, would come back.
    Raises LockError, which is one of Redis's, while another does.
    """
    with stream.store().lock(LOCK, timeout=LOCK_SECONDS, blocking_timeout=WAIT_SECONDS) as lock:
        return move_all(lock.reacquire)


def move_all(renew: Callable[[], object]) -> int:
    store, moved = stream.store(), 0
    if lost := store.xtrim(stream.QUARANTINE, maxlen=settings.EVENTLENS.quarantine_max_events, approximate=False):
        logger.error("The quarantine is full: %s events were dropped before an administrator saw them.", lost)
    while True:
        entries: Any = store.xrange(stream.QUARANTINE, count=MOVED_AT_ONCE)
        if not entries:
            return moved
        rows = [row_of(entry_id.decode(), fields) for entry_id, fields in entries]
        renew()
        # One statement a row: MySQL limits the size of a statement, not of a transaction.
        QuarantinedEvent.objects.bulk_create(rows, batch_size=1, ignore_conflicts=True)
        store.xdel(stream.QUARANTINE, *[entry_id for entry_id, _ in entries])
        moved += len(entries)


def row_of(entry_id: str, fields: Mapping[bytes, bytes]) -> QuarantinedEvent:
    """The row of an entry as the drain leaves it: reason, project, and the event or the whole unreadable entry."""
    row = QuarantinedEvent(
        entry_id=entry_id,
        kind=Kind.EVENT if b"event" in fields else Kind.ENTRY,
        project_id=text(fields.get(b"project", b""))[:36],
        reason=text(fields.get(b"reason", b"")),
        payload=fields.get(b"event", fields.get(b"entry", b"")),
        quarantined_at=datetime.fromtimestamp(int(entry_id.partition("-")[0]) / 1000, UTC),
    )
    if event := row.event():
        describe(row, event)
    return row


def text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\0", "\ufffd")


def describe(row: QuarantinedEvent, event: AcceptedEvent | AcceptedChange) -> None:
    """What the list shows and searches; the address goes, unless the project keeps it."""
    name = event.name if isinstance(event, AcceptedEvent) else event.kind
    row.name, row.event_id = name[:LONGEST_ID], event.event_id[:LONGEST_ID]
    row.device_id, row.profile_id = event.device_id[:LONGEST_ID], event.profile_id[:LONGEST_ID]
    row.received_at = datetime.fromtimestamp(event.received_ms / 1000, UTC)
    if isinstance(event, AcceptedEvent):
        row.payload = encode(without_address(event))


def without_address(event: AcceptedEvent) -> AcceptedEvent:
    """In the log an address lives for seconds, here for weeks: its country and city take its place."""
    project = find_project(event.project_id)
    if not event.address or (project is not None and project.address_policy in location.STORED):
        return event
    try:
        country, region, city = location.locate(event.address)
    except Exception:
        logger.exception("The place of event %s in quarantine cannot be found; it stays unknown.", event.event_id)
        country, region, city = "", "", ""
    place = {"country": country, "region": region, "city": city}
    known = {column: value for column, value in place.items() if value}
    return msgspec.structs.replace(event, address="", overrides=known | event.overrides)


def replay(now: datetime) -> int:
    """Put what was asked for back into the log, each once; returns how many."""
    wanted = QuarantinedEvent.objects.filter(state=State.REPLAYING).order_by("id")[:REPLAYED_AT_ONCE]
    shards = set()
    done = 0
    for row in each(wanted):
        shard = stream.shard_of(row.device_id)
        if put_back(row, shard) == LOG_IS_FULL:
            logger.warning("The log is full; what is to be replayed waits until it has room.")
            break
        QuarantinedEvent.objects.filter(pk=row.pk).update(state=State.REPLAYED, replayed_at=now)
        shards.add(shard)
        done += 1
    enqueue_drains(sorted(shards))
    return done


def each(rows: QuerySet[QuarantinedEvent]) -> Iterator[QuarantinedEvent]:
    """One after another by their keys: a thousand payloads at once might not fit into memory."""
    for key in list(rows.values_list("pk", flat=True)):
        if row := QuarantinedEvent.objects.filter(pk=key).first():
            yield row


def put_back(row: QuarantinedEvent, shard: int) -> int:
    """1: it is in the log now; 0: it was put there before; LOG_IS_FULL: neither."""
    payload = bytes(row.payload)
    entry = payload if row.kind == Kind.ENTRY else ONE_EVENT + payload
    keys = [replayed_key(row), stream.log_key(shard)]
    return int(stream.script("replay")(keys=keys, args=[REMEMBERED_MS, settings.EVENTLENS.queue_max_entries, entry]))


def prune(now: datetime) -> None:
    """Replayed events go after a week; beyond the limit the oldest go, replayed ones first."""
    QuarantinedEvent.objects.filter(state=State.REPLAYED, replayed_at__lt=now - REPLAYED_KEPT).delete()
    over = QuarantinedEvent.objects.count() - settings.EVENTLENS.quarantine_max_events
    over -= delete_oldest(Q(state=State.REPLAYED), over)
    if dropped := delete_oldest(Q(), over):
        logger.error("The quarantine is full: the %s oldest events in it were dropped.", dropped)


def delete_oldest(which: Q, most: int) -> int:
    if most <= 0:
        return 0
    oldest = QuarantinedEvent.objects.filter(which).order_by("id").values_list("pk", flat=True)
    keys = list(oldest[: min(most, DELETED_AT_ONCE)])
    return QuarantinedEvent.objects.filter(pk__in=keys).delete()[0] if keys else 0


def erase(project_id: str, devices: Mapping[str, T], profiles: Mapping[str, T], until: datetime) -> list[T]:
    """Remove what came of persons until then; answers for each event what is given for the id that it was found by.

    Ids are compared here and not by the database, for MySQL takes upper and lower case for the same.
    """
    shortened = [{name[:LONGEST_ID]: one for name, one in names.items() if name} for names in (devices, profiles)]
    rows = QuarantinedEvent.objects.filter(project_id=project_id).exclude(received_at__gt=until).defer("payload")
    found = {row: owner for row in rows.iterator() if (owner := owner_of(row, *shortened)) is not None}
    remove(list(found))
    return list(found.values())


def owner_of(row: QuarantinedEvent, devices: Mapping[str, T], profiles: Mapping[str, T]) -> T | None:
    """An event with a profile is that profile's, whatever device it came from."""
    if not row.profile_id:
        return devices.get(row.device_id)
    if row.profile_id not in profiles and row.name == ALIAS and isinstance(change := row.event(), AcceptedChange):
        return profiles.get(change.alias[:LONGEST_ID])
    return profiles.get(row.profile_id)


def erase_project(project_id: str) -> int:
    """Remove all events of a project; returns how many."""
    rows = list(QuarantinedEvent.objects.filter(project_id=project_id).defer("payload"))
    remove(rows)
    return len(rows)


def remove(rows: Sequence[QuarantinedEvent]) -> None:
    """Delete for good: a replay that is under way meanwhile finds itself done."""
    for first in range(0, len(rows), REMOVED_AT_ONCE):
        piece = rows[first : first + REMOVED_AT_ONCE]
        with stream.store().pipeline(transaction=False) as pipe:
            for row in piece:
                pipe.set(replayed_key(row), "1", px=REMEMBERED_MS, nx=True)
            pipe.execute()
        QuarantinedEvent.objects.filter(pk__in=[row.pk for row in piece]).delete()


def replayed_key(row: QuarantinedEvent) -> str:
    """Remembers that it was put back into the log, for the table is told only later."""
    return f"eventlens:replayed:{row.entry_id}"
