"""The session rollup: whatever the order and the batches in which events come, their times decide."""

import itertools

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion import lanes, sessions
from tests.ingestion.session_oracle import Event, Session
from tests.ingestion.session_oracle import sessions as expected_sessions

MINUTE = 60_000
START = 1_700_000_000_000
TIMEOUT = 30 * MINUTE
projects = itertools.count()

pytestmark = pytest.mark.django_db


def arrive(store: "redis.Redis", project: str, batch: list[Event]) -> None:
    """Store a batch and mark its lanes, as the drain does."""
    columns = {
        "projectId": [project] * len(batch),
        "name": ["page_view" if event.path else "click" for event in batch],
        "createdAt": [sessions.moment(event.at) for event in batch],
        "receivedAt": [sessions.moment(START + event.order) for event in batch],
        "eventId": [f"{event.order:06}" for event in batch],
        "deviceId": [event.device for event in batch],
        "profileId": [event.profile for event in batch],
        "sessionId": [event.session for event in batch],
        "path": [event.path for event in batch],
        "isScreenView": [int(bool(event.path)) for event in batch],
        "isInteractive": [int(not event.path) for event in batch],
    }
    client.insert("events", columns, token=f"{project}:{batch[0].order}")
    touched = lanes.touched_lanes((project, event.session, event.device, event.at) for event in batch)
    for lane, (low, high) in touched[project].items():
        store.hset(lanes.touched_key(project), str(lane), f"{low}:{high}")
    store.sadd(lanes.PROJECTS, project)


def stored(project: str) -> list[Session]:
    rows = client.query(
        Sql(
            """
            SELECT deviceId, startedAt, endedAt, events, screenViews, isBounce, entryPath, exitPath, profileId
            FROM sessions FINAL
            WHERE projectId = {project:String}
            """,
            {"project": project},
        )
    )
    return sorted(
        Session(
            device=row["deviceId"],
            start=sessions.milliseconds(row["startedAt"]),
            end=sessions.milliseconds(row["endedAt"]),
            events=row["events"],
            views=row["screenViews"],
            bounce=bool(row["isBounce"]),
            entry=row["entryPath"],
            exit=row["exitPath"],
            profile=row["profileId"],
        )
        for row in rows
    )


def view(device: str, minute: float, path: str = "/", order: int = 0, session: str = "") -> Event:
    return Event(device, START + int(minute * MINUTE), path, session, order=order)


def test_a_gap_over_the_timeout_starts_a_session_and_a_gap_of_it_does_not(
    store: "redis.Redis", clickhouse: None
) -> None:
    arrive(store, "p", [view("d", 0), view("d", 30, order=1), view("d", 60.001, order=2)])

    assert sessions.roll_up(store) == 1

    assert [(one.start - START, one.events) for one in stored("p")] == [(0, 2), (3_600_060, 1)]


def test_a_late_event_joins_two_sessions_into_one(store: "redis.Redis", clickhouse: None) -> None:
    arrive(store, "p", [view("d", 0, "/a"), view("d", 50, "/c", order=1)])
    sessions.roll_up(store)
    assert len(stored("p")) == 2
    arrive(store, "p", [view("d", 25, "/b", order=2)])

    sessions.roll_up(store)

    assert [(one.start, one.end, one.entry, one.exit) for one in stored("p")] == [
        (START, START + 50 * MINUTE, "/a", "/c")
    ]


def test_a_late_first_event_moves_the_start(store: "redis.Redis", clickhouse: None) -> None:
    arrive(store, "p", [view("d", 20, "/b")])
    sessions.roll_up(store)
    arrive(store, "p", [view("d", 0, "/a", order=1)])

    sessions.roll_up(store)

    assert [(one.start, one.entry, one.events) for one in stored("p")] == [(START, "/a", 2)]


def test_a_clients_own_session_lasts_for_days(store: "redis.Redis", clickhouse: None) -> None:
    days = [view("d", day * 24 * 60, order=day, session="mine") for day in range(5)]
    arrive(store, "p", days[3:])
    sessions.roll_up(store)
    arrive(store, "p", days[:3])

    sessions.roll_up(store)

    assert [(one.start, one.events) for one in stored("p")] == [(START, 5)]


def test_a_rollup_that_died_is_made_good_by_the_next(store: "redis.Redis", clickhouse: None) -> None:
    arrive(store, "p", [view("d", 0)])
    assert lanes.take(store, "p")  # a rollup set the lanes aside and died
    arrive(store, "p", [view("e", 1, order=1)])

    sessions.roll_up(store)
    sessions.roll_up(store)

    assert [one.device for one in stored("p")] == ["d", "e"]


def test_a_busy_project_does_not_keep_another_waiting(
    store: "redis.Redis", clickhouse: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "CHUNK", 1)
    for number in range(6):
        arrive(store, "busy", [view(f"d{number}", 0, order=number)])
    arrive(store, "other", [view("e", 0, order=9)])

    order = []
    for project, chunk in sessions.touched_chunks(store):
        order.append(project)
        lanes.done(store, project, chunk)

    assert "other" in order[:2]
    assert sorted(order) == ["busy"] * 6 + ["other"]


def test_only_one_rollup_works_at_a_time(store: "redis.Redis", clickhouse: None) -> None:
    arrive(store, "p", [view("d", 0)])
    other = store.lock(sessions.LOCK, timeout=10)
    assert other.acquire()

    assert sessions.roll_up(store) == 0

    other.release()
    assert sessions.roll_up(store) == 1


def test_a_session_has_the_id_that_the_live_answer_gave(store: "redis.Redis", clickhouse: None) -> None:
    arrive(store, "p", [view("d", 0)])

    sessions.roll_up(store)

    rows = client.query(Sql("SELECT sessionId FROM sessions FINAL"))
    assert rows == [{"sessionId": "a2db46c2cd138dac"}]


histories = st.lists(
    st.builds(
        Event,
        device=st.sampled_from("abc"),
        at=st.integers(0, 400).map(lambda tick: START + tick * 5 * MINUTE // 2),
        path=st.sampled_from(["", "/", "/x"]),
        session=st.sampled_from(["", "", "", "own1", "own2"]),
        profile=st.sampled_from(["", "", "ann"]),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories, cuts=st.lists(st.integers(1, 59), max_size=4))
def test_order_and_batches_of_arrival_change_nothing(
    store: "redis.Redis", clickhouse: None, history: list[Event], cuts: list[int]
) -> None:
    project = f"p{next(projects)}"
    events = [Event(e.device, e.at, e.path, e.session, e.profile, order) for order, e in enumerate(history)]
    edges = sorted({0, *(cut for cut in cuts if cut < len(events)), len(events)})

    for low, high in itertools.pairwise(edges):
        arrive(store, project, events[low:high])
        sessions.roll_up(store)

    assert stored(project) == expected_sessions(events, TIMEOUT)
