"""A filled log and a worker that empties it: events a second of its core, and its memory over millions of events."""

from collections.abc import Iterator

from benchmarks.drain import traffic
from benchmarks.drain.stage import Stage, Used, work
from tests.servers import Server


def make_projects() -> None:
    from analytics.models import Project

    for one in traffic.projects():
        Project.objects.create(id=one.id, name=one.name, timezone=one.timezone, domain=one.own_domains[0])


def fill(first: int, events: int, size: int) -> None:
    """Through the door, `size` events a request, while the worker is kept from the log."""
    from ingestion.door.accept import accept
    from ingestion.log import stream
    from ingestion.wire.drafts import Draft

    for shard in shards():
        stream.store().set(stream.pause_key(shard), "1")
    for project, some in traffic.requests(first, events, size):
        accept(project, "bench", [Draft(one, "", True, False, b"") for one in some])


def waiting() -> int:
    from ingestion.log import stream

    return sum(int(stream.store().xlen(stream.log_key(shard))) for shard in shards())


def shards() -> list[int]:
    from django.conf import settings

    return list(range(settings.EVENTLENS.stream_shards))


def stored() -> int:
    from eventlens.clickhouse import client
    from eventlens.clickhouse.sql import Sql

    tables = "SELECT count() AS rows FROM events UNION ALL SELECT count() AS rows FROM bot_events"
    return sum(int(row["rows"]) for row in client.query(Sql(tables)))


def drained(worker: Server) -> Used:
    """What it takes to empty the log; the worker is woken by the product's own task."""
    from ingestion.log import stream

    stream.store().delete(*map(stream.pause_key, shards()))
    return work(worker, is_empty)


def is_empty() -> bool:
    """A look at the log, which also wakes the worker as the beat does if it has stopped over a lost lock."""
    from eventlens.queues import STORING
    from ingestion.log import stream
    from ingestion.log.wake import enqueue_drains

    if waiting() == 0:
        return True
    if not stream.store().llen(f"eventlens:celery:{STORING}"):
        enqueue_drains(stream.waiting_shards())
    return False


def speed(stage: Stage, events: int, size: int) -> Used:
    """Of a worker whose caches an equal number of other events has warmed."""
    before = stored()
    fill(before, events, size)
    worker = stage.worker(processes=len(shards()))
    try:
        drained(worker)
        fill(before + events, events, size)
        used = drained(worker)
    finally:
        worker.remove()
    if (missing := before + 2 * events - stored()) != 0:
        raise AssertionError(f"{missing} events are missing from the tables; the figures mean nothing.")
    return used


def soak(stage: Stage, events: int, piece: int, size: int) -> Iterator[tuple[int, Used]]:
    """Piece by piece through one worker: how many so far, and what the piece took."""
    first = stored()
    worker = stage.worker(processes=len(shards()))
    try:
        for done in range(piece, events + 1, piece):
            fill(first + done - piece, piece, size)
            yield done, drained(worker)
    finally:
        worker.remove()
