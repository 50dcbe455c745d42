"""The rollup behind the beat that works off what the drain marked: first who is whom, then what they are like."""

import logging
import time
from collections.abc import Callable, Sequence

import redis

from eventlens import changes
from eventlens.clickhouse.errors import ClickHouseUnavailable
from ingestion.log import marks
from ingestion.rollups import persons, profiles, turns
from ingestion.rollups.turns import Progress, Turn

logger = logging.getLogger(__name__)

LOCK = "eventlens:rollup:people"
LOCK_SECONDS = 60  # a person of a hundred thousand devices is worked out in one piece

Work = Callable[["redis.Redis", str, Sequence[str]], None]
STEPS: tuple[tuple[str, Work], ...] = ((marks.PERSONS, persons.join), (marks.PROFILES, profiles.fold))


def roll_up(store: "redis.Redis", *, seconds: float = turns.SECONDS) -> Progress:
    """Work off marks for about so many seconds. Every step can be repeated."""
    try:
        with turns.turn(store, LOCK, seconds, LOCK_SECONDS) as turn:
            return work_off(store, turn, seconds) if turn else Progress()
    except ClickHouseUnavailable as away:
        logger.warning("Persons wait, ClickHouse does not answer: %s", away)
    return Progress()


def work_off(store: "redis.Redis", turn: Turn, seconds: float) -> Progress:
    """Each step has its share of the time, so that many links do not keep traits waiting for ever."""
    count, has_more = 0, False
    for kind, work in STEPS:
        ends = time.monotonic() + seconds / len(STEPS)
        for project_id, names in marks.chunks(store, kind):
            turn.renew()
            work(store, project_id, names)
            changes.note_all(store, [project_id])
            turn.done("SREM", marks.taken_key(kind, project_id), names)
            count += len(names)
            if time.monotonic() > ends:
                has_more = True
                break
    return Progress(count, has_more)
