"""The session rollup: which sessions come of which events, and how the work is shared out."""

from collections.abc import Callable

import pytest
import redis

from eventlens.clickhouse import client
from eventlens.clickhouse.errors import QueryTooExpensive
from eventlens.clickhouse.sql import Sql, compose
from ingestion.log import lanes
from ingestion.log.lanes import Lane
from ingestion.rollups import apart, session_sql, sessions
from ingestion.rollups.apart import Apart, Touched
from tests.ingestion.arrivals import MINUTE, START, arrive, stored, view

pytestmark = pytest.mark.django_db


def test_a_gap_over_the_timeout_starts_a_session_and_a_gap_of_it_does_not(
    store: "redis.Redis", clickhouse: None
) -> None:
    arrive(store, "p", [view("d", 0), view("d", 30, order=1), view("d", 60.001, order=2)])

    assert sessions.roll_up(store).count == 1

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
    for touched in sessions.touched_chunks(store, Apart(store)):
        [(project, chunk)] = touched.items()
        order.append(project)
        store.hdel(lanes.taken_key(project), *[str(lane.key) for lane in chunk])

    assert "other" in order[:2]
    assert sorted(order) == ["busy"] * 6 + ["other"]


def test_only_one_rollup_works_at_a_time(store: "redis.Redis", clickhouse: None) -> None:
    arrive(store, "p", [view("d", 0)])
    other = store.lock(sessions.LOCK, timeout=10)
    assert other.acquire()

    assert sessions.roll_up(store).count == 0

    other.release()
    assert sessions.roll_up(store).count == 1


def test_a_session_has_the_id_that_the_live_answer_gave(store: "redis.Redis", clickhouse: None) -> None:
    arrive(store, "p", [view("d", 0)])

    sessions.roll_up(store)

    rows = client.query(Sql("SELECT sessionId FROM sessions FINAL"))
    assert rows == [{"sessionId": "a2db46c2cd138dac"}]


def test_what_is_too_much_at_a_time_is_cut_in_halves(
    store: "redis.Redis", clickhouse: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(store, "p", [view(f"d{number}", 0, order=number) for number in range(5)])
    real = sessions.cut

    def cut(touched: Touched, renew: Callable[[], float]) -> dict[str, list[tuple[int, int]]]:
        if sum(map(len, touched.values())) > 2:
            raise QueryTooExpensive("Memory limit exceeded")
        return real(touched, renew)

    monkeypatch.setattr(sessions, "cut", cut)

    assert sessions.roll_up(store).count == 5

    assert [one.device for one in stored("p")] == ["d0", "d1", "d2", "d3", "d4"]


@pytest.fixture
def hard(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Devices whose lanes are too much for ClickHouse, in whatever company."""
    real, devices = sessions.cut, set[str]()

    def cut(touched: Touched, renew: Callable[[], float]) -> dict[str, list[tuple[int, int]]]:
        keys = {lanes.lane_key("", device) for device in devices}
        if any(lane.key in keys for some in touched.values() for lane in some):
            raise QueryTooExpensive("Memory limit exceeded")
        return real(touched, renew)

    monkeypatch.setattr(sessions, "cut", cut)
    return devices


def test_a_lane_that_cannot_be_cut_is_set_aside_and_keeps_nobody_waiting(
    store: "redis.Redis", clickhouse: None, hard: set[str]
) -> None:
    hard.add("d2")
    arrive(store, "p", [view(f"d{number}", 0, order=number) for number in range(6)])
    arrive(store, "q", [view("e", 0, order=9)])
    for _ in range(2):
        sessions.roll_up(store, seconds=60)

    arrive(store, "p", [view("d2", 1, order=10), view("d9", 1, order=11)])
    progress = sessions.roll_up(store, seconds=60)

    assert (progress.count, progress.has_more) == (1, False)
    assert [one.device for one in stored("p") + stored("q")] == ["d0", "d1", "d3", "d4", "d5", "d9", "e"]
    aside = lanes.parse(store.hgetall(apart.aside_key("p")).items())
    assert aside == [Lane(lanes.lane_key("", "d2"), START, START + MINUTE)]
    assert not store.exists(lanes.taken_key("p"))


def test_what_was_set_aside_is_tried_again_after_a_while(
    store: "redis.Redis", clickhouse: None, hard: set[str]
) -> None:
    hard.add("d1")
    arrive(store, "p", [view("d1", 0)])
    sessions.roll_up(store)
    hard.clear()
    sessions.roll_up(store)
    assert (stored("p"), 0 < store.ttl(apart.waits_key("p")) <= 600) == ([], True)

    store.delete(apart.waits_key("p"))
    sessions.roll_up(store)

    assert [one.device for one in stored("p")] == ["d1"]
    assert not store.exists(apart.ASIDE, apart.aside_key("p"))


def test_projects_that_failed_together_are_cut_apart_from_others(
    store: "redis.Redis", clickhouse: None, hard: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hard.add("d")
    for number, project in enumerate(("p", "q", "r")):
        arrive(store, project, [view("d" if project == "q" else "e", 0, order=number)])

    sessions.roll_up(store, seconds=60)

    assert [project for project in ("p", "q", "r") if stored(project)] == ["p", "r"]
    assert store.smembers(apart.ASIDE) == {b"q"}


def test_a_cut_reads_the_days_of_its_windows_and_no_others(store: "redis.Redis", clickhouse: None) -> None:
    arrive(store, "p", [view(f"d{day}", day * 24 * 60, order=day) for day in range(0, 400, 40)])
    client.command(Sql(session_sql.WINDOWS))
    windows = {
        "number": [0],
        "project": ["p"],
        "lane": [1],
        "low": [START],
        "high": [START + 41 * 24 * 60 * MINUTE],
        "timeout": [0],
        "newest": [0],
    }
    client.insert("lane_windows", windows, token="")

    text = """
        EXPLAIN ESTIMATE SELECT eventId FROM events
        WHERE projectId IN {projects:Array(String)} AND (projectId, toDate(createdAt)) IN ($days)
    """
    [row] = client.query(compose(text, {"projects": ["p", "q"]}, days=Sql(session_sql.DAYS)))

    assert row["rows"] == 2
