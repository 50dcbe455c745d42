"""Retention: events go when their project keeps them no longer, whole months at once where nobody keeps them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis

from analytics.models import Project
from eventlens import closed_days
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.forgetting import masks, retention
from ingestion.rollups import days, sessions
from ingestion.storing import drain
from ingestion.wire.moments import milliseconds
from tests.analytics.factories import new_project
from tests.ingestion.factories import CRAWLER, HOUR, MINUTE, item, project, say, send, sender
from tests.servers import until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse")]
Log = redis.Redis
NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
NOW_MS = milliseconds(NOW)


def days_ago(days: float) -> int:
    return NOW_MS - round(days * 24 * HOUR)


def arrive(log: Log) -> None:
    drain.drain(0)
    sessions.roll_up(log)


def keep(project_id: str, days: int | None) -> None:
    new_project(project_id, retention_days=days)


def happen(project_id: str, *days: float, **more: Any) -> None:
    """An event of a device of its own on each of these days ago."""
    payloads = [{"name": f"{project_id} {ago}", "deviceId": f"d{ago}", "timestamp": days_ago(ago)} for ago in days]
    send(*payloads, of=project(project_id), by=sender(NOW_MS, **more))


def names(table: str = "events") -> list[str]:
    return [row["name"] for row in client.query(Sql(f"SELECT name FROM {table} ORDER BY name"))]


def whole_day(now: datetime = NOW) -> None:
    """All turns of a day."""
    until(lambda: retention.enforce(now), what="the day's retention")


def test_each_projects_old_events_go_and_nobody_elses(log: Log) -> None:
    keep("month", 30)
    keep("week", 7)
    keep("ever", None)
    for name in ("month", "week", "ever"):
        happen(name, 0, 6.9, 7.1, 29.9, 30.1, 400)
    arrive(log)

    whole_day()

    assert names() == [
        *["ever 0", "ever 29.9", "ever 30.1", "ever 400", "ever 6.9", "ever 7.1"],
        *["month 0", "month 29.9", "month 6.9", "month 7.1"],
        *["week 0", "week 6.9"],
    ]


def test_bots_events_go_too(log: Log) -> None:
    keep("shop", 7)
    happen("shop", 1, 8, user_agent=CRAWLER)
    arrive(log)

    whole_day()

    assert names("bot_events") == ["shop 1"]


def test_a_session_goes_when_its_end_is_past(log: Log) -> None:
    keep("shop", 7)
    across = [{"name": "x", "deviceId": "across", "timestamp": days_ago(7) + minute * MINUTE} for minute in (-10, 10)]
    send(*across, of=project("shop"), by=sender(NOW_MS))
    happen("shop", 7.1, 6)
    arrive(log)

    whole_day()

    assert [row["deviceId"] for row in client.query(Sql("SELECT deviceId FROM sessions FINAL ORDER BY 1"))] == [
        "across",
        "d6",
    ]


def test_days_that_were_summed_up_go_once_the_first_of_them_is_too_old(log: Log) -> None:
    keep("shop", 7)
    happen("shop", 10, 6.9, 1.9)
    arrive(log)
    assert days.roll_up(log, NOW, quiet_ms=0).count == 10

    retention.work(NOW)

    kept = [day.start for day in closed_days.summed(log, "shop")]
    # The limit is noon of a day that begins too early; the one after it may go as well.
    assert kept[-6:] == [days_ago(day + 0.5) for day in range(6, 0, -1)][-6:]
    [row] = client.query(Sql("SELECT min(startsAt) AS first, count() AS count FROM day_numbers"))
    assert (milliseconds(row["first"]), row["count"]) == (days_ago(6.5), 6)

    [before] = client.query(Sql("SELECT count() AS count FROM person_numbers"))
    log.delete(closed_days.numbers_swept_key("shop"))  # as a day later
    days.roll_up(log, NOW, quiet_ms=0)
    [after] = client.query(Sql("SELECT count() AS count FROM person_numbers"))
    assert (before["count"], after["count"]) == (3, 2)


def test_traits_and_persons_stay(log: Log) -> None:
    keep("shop", 7)
    identify = item("identify", profileId="ada", deviceId="d1", firstName="Ada", timestamp=days_ago(100))
    say(identify, of=project("shop"), by=sender(NOW_MS))
    arrive(log)

    whole_day()

    [row] = client.query(
        Sql("SELECT (SELECT count() FROM profile_changes) + (SELECT count() FROM identity_links) AS n")
    )
    assert row["n"] == 2


def statements_of(now: datetime = NOW) -> list[str]:
    """The kind of each statement, and the month that it is about."""
    found = retention.statements(retention.limits(now))
    return [f"{' '.join(one.text.split()[:3])} {one.params['month']}" for one in found]


def test_a_month_that_nobody_keeps_is_dropped_without_looking_at_its_rows(log: Log) -> None:
    keep("month", 30)
    keep("week", 7)
    happen("month", 200, 31)
    happen("week", 200)
    arrive(log)

    assert statements_of()[:1] == ["ALTER TABLE events 202311"]
    whole_day()

    assert names() == []


@pytest.mark.parametrize("make", [lambda: keep("ever", None), lambda: keep("ever", 0)])
def test_no_month_is_dropped_while_one_project_keeps_all(log: Log, make: Callable[[], None]) -> None:
    keep("month", 30)
    make()
    happen("month", 200)
    arrive(log)

    assert statements_of() == [
        "DELETE FROM events 202311",
        "DELETE FROM sessions 202311",
        "DELETE FROM session_lanes all",
    ]


def test_nothing_is_done_where_every_project_keeps_all(log: Log) -> None:
    keep("ever", None)
    happen("ever", 10_000)
    arrive(log)

    assert statements_of() == []
    assert retention.enforce(NOW)


def test_only_months_with_old_rows_are_touched(log: Log) -> None:
    keep("ever", None)
    keep("month", 30)
    happen("ever", 0, 40, 100)
    happen("month", 0, 40)
    arrive(log)

    assert statements_of() == [
        "DELETE FROM events 202405",
        "DELETE FROM sessions 202405",
        "DELETE FROM session_lanes all",
    ]


def test_removed_events_leave_the_disk(log: Log) -> None:
    keep("ever", None)
    keep("month", 30)
    happen("ever", 40)
    happen("month", 40, 41)
    arrive(log)

    whole_day()

    parts = "FROM system.parts WHERE database = currentDatabase() AND active AND table = 'events'"
    assert client.query(Sql(f"SELECT sum(rows) AS n, max(has_lightweight_delete) AS masked {parts}")) == [
        {"n": 1, "masked": 0}
    ]


def test_a_turn_ends_in_time_and_the_next_goes_on(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "TURN_SECONDS", 0)
    keep("shop", 7)
    happen("shop", 40, 70, 100)
    arrive(log)
    left = []

    for _ in range(4):
        retention.work(NOW)
        left.append(len(names()))

    assert left[:3] == [2, 1, 0]
    assert log.get(retention.DONE) is None


def test_it_is_done_once_a_day(log: Log) -> None:
    keep("shop", 7)
    until(lambda: [retention.work(NOW), log.get(retention.DONE)][1], what="the day to be done")
    happen("shop", 40)
    arrive(log)

    retention.work(NOW + timedelta(hours=11))
    before = names()
    retention.work(NOW + timedelta(hours=13))

    assert (before, names()) == (["shop 40"], [])


def test_a_retention_longer_than_time_itself_keeps_all(log: Log) -> None:
    keep("shop", 4_000_000)
    happen("shop", 10_000)
    arrive(log)

    whole_day()

    assert names() == ["shop 10000"]


def test_a_project_without_events_costs_nothing_and_none_at_all_neither(log: Log) -> None:
    assert statements_of() == []
    keep("shop", 7)
    assert statements_of() == []
    assert Project.objects.count() == 1


def test_parts_without_deleted_rows_are_left_alone(log: Log) -> None:
    keep("shop", None)
    happen("shop", 1)
    arrive(log)

    assert masks.remove(NOW) == NOW
    assert client.query(Sql("SELECT count() AS n FROM system.mutations WHERE NOT is_done")) == [{"n": 0}]
