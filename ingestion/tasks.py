"""Celery's side of ingestion: what runs when and how often; the work is elsewhere and knows no Celery."""

from datetime import UTC, datetime

from eventlens.celery import app
from ingestion import devices, people_rollup, quarantine, sessions, stream
from ingestion.drain import drain as drain_shard
from ingestion.wake import enqueue_drains


@app.task(name="ingestion.tasks.drain")
def drain(shard: int) -> None:
    """One turn; what is left gets another one behind the tasks that wait meanwhile."""
    if drain_shard(shard):
        enqueue_drains([shard])


@app.task(name="ingestion.tasks.wake")
def wake() -> None:
    """The beat's: entries whose own wake-up got lost, or whose worker died, wait no longer than this."""
    enqueue_drains(stream.waiting_shards())


@app.task(name="ingestion.tasks.roll_up_sessions")
def roll_up_sessions() -> None:
    """The beat's: cut the sessions of what was stored since the last time."""
    sessions.roll_up(stream.store())


@app.task(name="ingestion.tasks.roll_up_people")
def roll_up_people() -> None:
    """The beat's: who is one person, and what they are like, by what was said since the last time."""
    people_rollup.roll_up(stream.store())


@app.task(name="ingestion.tasks.rotate_salts")
def rotate_salts() -> None:
    """The beat's: today's and tomorrow's salts exist before the first visitor needs them."""
    devices.rotate(stream.store(), datetime.now(UTC))


@app.task(name="ingestion.tasks.keep_quarantine")
def keep_quarantine() -> None:
    """The beat's, and at once when an administrator asks for a replay."""
    quarantine.keep(datetime.now(UTC))
