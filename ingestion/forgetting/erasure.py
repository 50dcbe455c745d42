"""Persons and deleted projects are forgotten: in every table, in the log, in the quarantine and in Redis.

A batch of erasures goes through these states, and each step may be cut short anywhere and be done again:

1. waiting: what is in quarantine goes, so that no replay brings it back; the end of the log is noted.
2. draining: all that was sent before is stored once the log's first entry is behind that end. Only now everything
   of the persons can be found. Who they are is written down, in a table of its own, because the facts that say so
   are among what is deleted; and the rows are counted, because nobody can count them later.
3. erasing: rows are deleted, which hides them at once. What rollups write goes while they are kept out: one that had
   read the facts before they went would bring it back. Sessions in which others took part are cut again.
4. removing: the list and the ids of those who were erased are gone as well; a keyed hash and the counts stay. Once in
   a while ClickHouse writes the parts that hold deleted rows again, without them, for all batches that wait for it;
   others go on meanwhile.
5. finished.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db import transaction
from django.db.models import CharField
from django.db.models.functions import Cast
from django.utils import timezone

from analytics import cohorts
from analytics.models import Erasure, ErasureState
from analytics.remembered import drop_dead_connection
from eventlens import changes
from eventlens.api import Unavailable
from eventlens.clickhouse import client, people
from eventlens.clickhouse.errors import ClickHouseError
from eventlens.clickhouse.sql import compose
from ingestion import quarantine
from ingestion.forgetting import batch as erasure_batch
from ingestion.forgetting import masks, summed_days
from ingestion.forgetting import sql as erasure_sql
from ingestion.forgetting import traces as erasure_traces
from ingestion.forgetting.batch import UNBOUNDED, Batch, Known, Renew
from ingestion.forgetting.sql import DERIVED, PLACES, Place
from ingestion.log import marks, stream
from ingestion.rollups import days, sessions
from ingestion.rollups import people as people_rollup
from ingestion.storing.links import forget_everywhere

logger = logging.getLogger(__name__)

LOCK = "eventlens:erasure"
LOCK_SECONDS = 60
ROLLUP_LOCK_SECONDS = 20
TURN_SECONDS = 10.0
WAIT_SECONDS = 5.0  # for a rollup to end


class Later(Exception):
    """Somebody else is at work; the next turn tries again."""


def work() -> None:
    """Go on with the erasures for about one turn; a store that is away is told, and the next turn goes on."""
    drop_dead_connection()
    deadline = time.monotonic() + TURN_SECONDS
    try:
        with alone(LOCK, LOCK_SECONDS, wait=0) as renew:
            while time.monotonic() < deadline and advance(renew):
                pass
    except Later as busy:
        logger.info("Erasures wait: %s", busy)
    except (redis.RedisError, DatabaseFailure, ClickHouseError, Unavailable) as away:
        logger.warning("Erasures wait, a store does not answer: %s", away)


@contextmanager
def alone(name: str, seconds: int, wait: float = WAIT_SECONDS) -> Iterator[Renew]:
    """Hold a lock in Redis, which is renewed by a call; raises Later if somebody else keeps it."""
    lock = stream.store().lock(name, timeout=seconds, blocking_timeout=wait)
    if not lock.acquire():
        raise Later(f"{name} is held by another worker.")
    try:
        yield lock.reacquire
    except Exception:
        with suppress(redis.RedisError):
            lock.release()
        raise
    lock.release()


def advance(renew: Renew) -> bool:
    """One step of the oldest batch; False if there is none, or if it has to wait."""
    batch = erasure_batch.current()
    if batch is None:
        return end_removed()
    return STEPS[ErasureState(batch.rows[0].state)](batch, renew)


def begin(batch: Batch, renew: Renew) -> bool:
    # Servers remember a deleted project for a while, and take events for it.
    remembered = timedelta(seconds=2 * settings.EVENTLENS.client_cache_seconds)
    if batch.is_project and timezone.now() < batch.rows[0].requested_at + remembered:
        return False
    erasure_batch.list_up(batch, renew)
    empty_quarantine(batch, erasure_batch.known(batch))
    set_state(batch, ErasureState.DRAINING, log_ends=erasure_traces.log_ends(stream.store()))
    return True


def find(batch: Batch, renew: Renew) -> bool:
    if not erasure_traces.has_passed(stream.store(), batch.rows[0].log_ends):
        return False
    erasure_batch.list_up(batch, renew)
    counts = erasure_batch.counts(batch, renew)
    with transaction.atomic():
        # Counts of a worker that was overtaken would be of what is deleted already.
        if set_state(batch, ErasureState.ERASING):
            for row in batch.rows:
                row.counts = row.counts | counts[row.pk]
                row.save(update_fields=["counts"])
    return True


def erase(batch: Batch, renew: Renew) -> bool:
    for place in PLACES:
        if place.table not in DERIVED:
            renew()
            delete(batch, place)
    whose = erasure_batch.known(batch)
    forget_everywhere(stream.store())
    erase_sessions(batch)
    renew()
    erase_persons(batch, whose)
    with alone(days.LOCK, ROLLUP_LOCK_SECONDS):
        summed_days.erase(stream.store(), batch)
    renew()
    with alone(cohorts.lock_of(batch.project_id), ROLLUP_LOCK_SECONDS):
        delete_from(batch, "cohort_members", "cohort_generations")
    empty_quarantine(batch, whose)
    forget_in_redis(batch, whose)
    people.refresh()
    changes.note_all(stream.store(), [batch.project_id])
    # From here on the same wish is a new one: what came meanwhile is to be forgotten by that.
    forgotten = {"erased_at": timezone.now(), "subject": "", "open_key": Cast("pk", CharField())}
    set_state(batch, ErasureState.REMOVING, **forgotten)
    erasure_batch.drop_done()
    return True


def end_removed() -> bool:
    """End what is off the disk; False if there is nothing."""
    if not Erasure.objects.filter(state=ErasureState.REMOVING).exists():
        return False
    until = masks.remove(timezone.now())
    batches = erasure_batch.removed(until) if until else []
    if batches:
        # Before the end is told: nobody would come back for a list that is left then.
        erasure_batch.drop_done()
    for batch in batches:
        set_state(batch, ErasureState.FINISHED, finished_at=timezone.now())
    return bool(batches)


STEPS: dict[ErasureState, Callable[[Batch, Renew], bool]] = {
    ErasureState.WAITING: begin,
    ErasureState.DRAINING: find,
    ErasureState.ERASING: erase,
}


def set_state(batch: Batch, state: ErasureState, **fields: Any) -> bool:
    """For all of the batch in one statement; False if somebody else was faster."""
    rows = Erasure.objects.filter(batch=batch.number, state=batch.rows[0].state)
    return rows.update(state=state, **fields) > 0


def delete(batch: Batch, place: Place) -> None:
    """Hide the rows of the batch; where nobody's are, nothing happens."""
    if batch.is_project:
        whose = erasure_sql.EVERY
    elif place.column:
        whose = erasure_sql.persons_sql(place, batch.number, batch.until_ms)
    else:
        return
    # A deletion writes something for every part of the table, a question does not.
    if client.query(erasure_sql.any_sql(place, batch.project_id, whose), settings=UNBOUNDED):
        client.command(erasure_sql.delete_sql(place, batch.project_id, whose), settings=UNBOUNDED)


def erase_sessions(batch: Batch) -> None:
    """Sessions of lanes in which anything was deleted; what others did in them is cut into sessions again."""
    with alone(sessions.LOCK, ROLLUP_LOCK_SECONDS):
        delete_from(batch, "sessions", "session_lanes")
        params = {"project": batch.project_id}
        listed = erasure_sql.listed(batch.number, "'lane'")
        left = client.query(compose(erasure_sql.TOUCHED, params, listed=listed), settings=UNBOUNDED)
        erasure_traces.touch(batch.project_id, left)


def erase_persons(batch: Batch, whose: Known) -> None:
    """Who was whom and what they were like; what others, or those who came later, are concerned with is worked out
    again."""
    store, project_id = stream.store(), batch.project_id
    with alone(people_rollup.LOCK, ROLLUP_LOCK_SECONDS):
        delete_from(batch, "persons", "profiles")
        erasure_traces.forget_marks(store, project_id, whose)
        params = {"project": project_id}
        listed = erasure_sql.listed(batch.number)
        names = erasure_sql.listed(batch.number, "'profile'", "id")
        client.command(compose(erasure_sql.SEE_AGAIN, params, listed=listed, names=names), settings=UNBOUNDED)
        changed = client.query(compose(erasure_sql.CHANGED_SINCE, params, names=names), settings=UNBOUNDED)
        linked = client.query(compose(erasure_sql.LINKED_STILL, params, listed=listed), settings=UNBOUNDED)
        marks.mark(store, marks.PROFILES, project_id, [row["id"] for row in changed])
        marks.mark(store, marks.PERSONS, project_id, [f"d{row['key']}" for row in linked])


def delete_from(batch: Batch, *tables: str) -> None:
    for place in PLACES:
        if place.table in tables:
            delete(batch, place)


def empty_quarantine(batch: Batch, whose: Known) -> None:
    """What is taken out is counted in the same transaction, so that no death in between changes the counts."""
    quarantine.collect()
    if batch.is_project:
        tally(batch, lambda: [{row.pk for row in batch.rows}] * quarantine.erase_project(batch.project_id))
        return
    until = max(row.requested_at for row in batch.rows)
    tally(batch, lambda: quarantine.erase(batch.project_id, whose.devices, whose.profiles, until))


def tally(batch: Batch, take_out: Callable[[], Collection[set[int]]]) -> None:
    with transaction.atomic():
        taken = take_out()
        for row in batch.rows:
            row.refresh_from_db(fields=["counts"])
            before = row.counts.get("quarantine", 0)
            row.counts["quarantine"] = before + sum(row.pk in owners for owners in taken)
            row.save(update_fields=["counts"])


def forget_in_redis(batch: Batch, whose: Known) -> None:
    if batch.is_project:
        erasure_traces.forget_project(stream.store(), batch.project_id)
    else:
        erasure_traces.forget_sessions(stream.store(), batch.project_id, whose.devices)
