"""The rollup behind the beat that works off what the drain marked: first who is whom, then what they are like."""

import logging
import time
from collections.abc import Callable, Sequence

import redis

from eventlens import changes
from eventlens.clickhouse.errors import ClickHouseUnavailable, QueryTimeout, QueryTooExpensive
from ingestion.log import marks
from ingestion.rollups import persons, profiles, turns
from ingestion.rollups.turns import Progress, Renew, Turn

logger = logging.getLogger(__name__)

LOCK = "eventlens:rollup:people"

# Returns which other names are done with these.
Work = Callable[["redis.Redis", str, Sequence[str], Renew], Sequence[str]]
STEPS: tuple[tuple[str, Work], ...] = ((marks.PERSONS, persons.join), (marks.PROFILES, profiles.fold))


def roll_up(store: "redis.Redis", *, seconds: float = turns.SECONDS) -> Progress:
    """Work off marks for about so many seconds. Every step can be repeated."""
    try:
        with turns.turn(store, LOCK, seconds) as turn:
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
            others = in_pieces(work, store, project_id, names, turn.renew)
            changes.note_all(store, [project_id])
            turn.done("SREM", marks.taken_key(kind, project_id), [*names, *others])
            count += len(names)
            if time.monotonic() > ends:
                has_more = True
                break
    return Progress(count, has_more)


def in_pieces(work: Work, store: "redis.Redis", project_id: str, names: Sequence[str], renew: Renew) -> list[str]:
    """What is too much at a time is done in halves. Raises TurnLost or ClickHouseError."""
    try:
        return [*work(store, project_id, names, renew)]
    except (QueryTooExpensive, QueryTimeout):
        if len(names) == 1:
            raise
    middle = len(names) // 2
    halves = (names[:middle], names[middle:])
    return [name for half in halves for name in in_pieces(work, store, project_id, half, renew)]
