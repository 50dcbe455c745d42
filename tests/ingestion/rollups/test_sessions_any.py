"""Whatever the order and the batches in which events come, and wherever rollups die, their times decide."""

import contextlib
import itertools
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from analytics.models import Project
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.rollups import sessions
from tests.generated import cases
from tests.ingestion.arrivals import MINUTE, START, TIMEOUT, arrive, stored
from tests.ingestion.rollups.session_oracle import Event
from tests.ingestion.rollups.session_oracle import sessions as expected_sessions

projects = itertools.count()

pytestmark = pytest.mark.django_db

TIMEOUTS = (TIMEOUT, TIMEOUT, 10 * MINUTE)  # of projects that are cut together and name their devices alike

events_of_one = st.builds(
    Event,
    device=st.sampled_from("abc"),
    at=st.integers(0, 400).map(lambda tick: START + tick * 5 * MINUTE // 2),
    path=st.sampled_from(["", "/", "/x"]),
    session=st.sampled_from(["", "", "", "own1", "own2"]),
    profile=st.sampled_from(["", "", "ann"]),
)
whose = st.tuples(st.sampled_from([0, 0, 1, 2]), events_of_one)
# Left alone, Hypothesis makes six events, which are one batch of a few sessions.
histories = st.sampled_from([1, 20, 40]).flatmap(lambda least: st.lists(whose, min_size=least, max_size=90))


class Died(Exception):
    """A worker, behind some statement."""


def roll_up_dying(store: "redis.Redis", statements: int) -> None:
    """A rollup that dies behind so many statements, if there are as many; its lock runs out."""
    real, left = client.command, itertools.count(statements, -1)

    def command(sql: Sql, **options: Any) -> None:
        real(sql, **options)
        if next(left) <= 1:
            raise Died

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Died):
        patch.setattr(client, "command", command)
        sessions.roll_up(store)
    store.delete(sessions.LOCK)


@cases(20)
@given(
    history=histories,
    cuts=st.lists(st.integers(1, 89), max_size=4),
    deaths=st.lists(st.integers(1, 6), min_size=5, max_size=5),
)
def test_order_batches_and_deaths_change_nothing(
    store: "redis.Redis", clickhouse: None, history: list[tuple[int, Event]], cuts: list[int], deaths: list[int]
) -> None:
    ids = [f"p{next(projects)}" for _ in TIMEOUTS]
    for project, timeout in zip(ids, TIMEOUTS, strict=True):
        Project.objects.create(id=project, name=project, session_timeout_minutes=timeout // MINUTE)
    events = [
        (ids[which], Event(e.device, e.at, e.path, e.session, e.profile, order))
        for order, (which, e) in enumerate(history)
    ]
    edges = sorted({0, *(cut for cut in cuts if cut < len(events)), len(events)})

    for (low, high), statements in zip(itertools.pairwise(edges), deaths, strict=False):
        for project in ids:
            arrive(store, project, of(project, events[low:high]))
        roll_up_dying(store, statements)
    for _ in range(2):
        sessions.roll_up(store, seconds=60)  # a busy machine may need more than a turn

    for project, timeout in zip(ids, TIMEOUTS, strict=True):
        assert stored(project) == expected_sessions(of(project, events), timeout)


def of(project: str, events: list[tuple[str, Event]]) -> list[Event]:
    return [event for whose, event in events if whose == project]
