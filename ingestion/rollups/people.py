"""The rollup behind the beat that works off what the drain marked: first who is whom, then what they are like."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import redis

from eventlens import changes
from eventlens.clickhouse.errors import (
    ClickHouseError,
    ClickHouseUnavailable,
    QueryTimeout,
    QueryTooExpensive,
)
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
        marks.bring_back(store, kind)
        ends, failed = time.monotonic() + seconds / len(STEPS), set[str]()
        for project_id, names in marks.chunks(store, kind, failed=failed):
            if not worked_off(Piece(store, kind, project_id, work, turn), names):
                failed.add(project_id)
            count += len(names)
            if time.monotonic() > ends:
                has_more = True
                break
    return Progress(count, has_more)


@dataclass(frozen=True)
class Piece:
    """Marks of one kind and project."""

    store: "redis.Redis"
    kind: str
    project_id: str
    work: Work
    turn: Turn

    def done(self, names: Sequence[str]) -> list[str]:
        """Work them off, what is too much at a time in halves, and what is too much even alone not for now.

        Answers the names that are done. Raises TurnLost or ClickHouseError.
        """
        try:
            return [*names, *self.work(self.store, self.project_id, names, self.turn.renew)]
        except (QueryTooExpensive, QueryTimeout) as wrong:
            if len(names) == 1:
                logger.error("A mark of %s (%s) is left alone for a while: %s", self.project_id, self.kind, wrong)
                marks.set_aside(self.store, self.kind, self.project_id, names)
                return []
        middle = len(names) // 2
        return [name for half in (names[:middle], names[middle:]) for name in self.done(half)]


def worked_off(piece: Piece, names: Sequence[str]) -> bool:
    """What goes wrong with one project keeps no other waiting. Raises TurnLost and ClickHouseUnavailable."""
    try:
        done = piece.done(names)
    except ClickHouseUnavailable:
        raise
    except ClickHouseError:
        logger.exception(
            "Persons of project %s could not be worked out; the next turn tries again.", piece.project_id
        )
        return False
    changes.note_all(piece.store, [piece.project_id])
    piece.turn.done("SREM", marks.taken_key(piece.kind, piece.project_id), done)
    return True
