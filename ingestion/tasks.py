"""Celery's side of ingestion: what runs when and how often; the work is elsewhere and knows no Celery."""

from collections.abc import Callable
from datetime import UTC, datetime

import redis

from eventlens.celery import app
from ingestion import quarantine
from ingestion.door import devices
from ingestion.forgetting import erasure, retention
from ingestion.log import stream
from ingestion.log.wake import enqueue_drains, enqueue_next, may_begin
from ingestion.rollups import days as days_rollup
from ingestion.rollups import people as people_rollup
from ingestion.rollups import sessions
from ingestion.rollups.turns import Progress
from ingestion.storing.drain import drain as drain_shard


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
def roll_up_sessions(number: int = 0) -> None:
    """The beat's: cut the sessions of what was stored since the last time."""
    take_turns("ingestion.tasks.roll_up_sessions", number, sessions.roll_up)


@app.task(name="ingestion.tasks.roll_up_people")
def roll_up_people(number: int = 0) -> None:
    """The beat's: who is one person, and what they are like, by what was said since the last time."""
    take_turns("ingestion.tasks.roll_up_people", number, people_rollup.roll_up)


@app.task(name="ingestion.tasks.sum_up_days")
def sum_up_days(number: int = 0) -> None:
    """The beat's: what happened on days that are over and quiet, once and for all."""
    take_turns("ingestion.tasks.sum_up_days", number, lambda store: days_rollup.roll_up(store, datetime.now(UTC)))


def take_turns(task: str, number: int, roll_up: Callable[["redis.Redis"], Progress]) -> None:
    """One turn; what is left gets another one at once, behind the tasks that wait meanwhile."""
    store = stream.store()
    if may_begin(store, task, number) and roll_up(store).has_more:
        enqueue_next(store, task)


@app.task(name="ingestion.tasks.rotate_salts")
def rotate_salts() -> None:
    """The beat's: today's and tomorrow's salts exist before the first visitor needs them."""
    devices.rotate(stream.store(), datetime.now(UTC))


@app.task(name="ingestion.tasks.keep_quarantine")
def keep_quarantine() -> None:
    """The beat's, and at once when an administrator asks for a replay."""
    quarantine.keep(datetime.now(UTC))


@app.task(name="ingestion.tasks.erase")
def erase() -> None:
    """The beat's, and at once when somebody is to be forgotten."""
    erasure.work()


@app.task(name="ingestion.tasks.enforce_retention")
def enforce_retention() -> None:
    """The beat's: once a day, in as many turns as it takes."""
    retention.work(datetime.now(UTC))
