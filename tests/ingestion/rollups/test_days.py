"""Days are summed up once they are over and quiet, and again after whatever changes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis

from analytics.models import Project
from eventlens import changes, closed_days
from eventlens.clickhouse import client
from eventlens.clickhouse.errors import QueryTooExpensive
from eventlens.clickhouse.sql import Sql
from eventlens.closed_days import Day
from ingestion.rollups import days, sessions
from ingestion.storing import drain
from tests.analytics.factories import new_project
from tests.ingestion.factories import DAY, HOUR, MINUTE, NOON, project, send, sender

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse")]
Log = redis.Redis
MIDNIGHT = NOON - 12 * HOUR  # 2024-05-31T00:00:00Z


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def happen(*times: int, device: str = "d1", project_id: str = "shop", **fields: Any) -> None:
    sent = [{"name": "page_view", "deviceId": device, "timestamp": at, **fields} for at in times]
    send(*sent, of=project(project_id), by=sender(NOON + 400 * DAY))
    drain.drain(0)


def rolled(log: Log, at: int, quiet_ms: int = 0) -> int:
    return days.roll_up(log, moment(at), quiet_ms=quiet_ms).count


def starts(log: Log, project_id: str = "shop") -> list[int]:
    return [day.start for day in closed_days.summed(log, project_id)]


def rows(text: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in client.query(Sql(text))]


def test_a_day_is_summed_up_when_it_is_over(log: Log) -> None:
    new_project("shop")
    happen(NOON, NOON + MINUTE, revenue=2.5)
    happen(NOON + HOUR, device="d2", name="click")
    sessions.roll_up(log)

    assert rolled(log, MIDNIGHT + DAY - 1) == 0
    assert rolled(log, MIDNIGHT + DAY) == 1

    assert starts(log) == [MIDNIGHT]
    numbers = "keys, events, screenViews, toString(revenue), sessions, sessionMs, bounces, sessionViews"
    assert rows(f"SELECT {numbers} FROM day_numbers") == [(2, 3, 2, "5", 2, MINUTE, 0, 2)]


def test_a_day_without_events_has_a_row_of_zeros_if_there_were_events_before_it(log: Log) -> None:
    new_project("shop")
    happen(NOON - 2 * DAY)

    rolled(log, NOON)

    assert starts(log) == [MIDNIGHT - 2 * DAY, MIDNIGHT - DAY]
    assert rows("SELECT events FROM day_numbers ORDER BY startsAt") == [(1,), (0,)]


def test_days_are_those_of_the_projects_zone_also_when_clocks_change(log: Log) -> None:
    new_project("shop", timezone="Europe/Berlin")
    first = int(datetime(2024, 3, 30, 12, tzinfo=UTC).timestamp() * 1000)
    happen(first)

    rolled(log, first + 2 * DAY)

    assert [(day.end - day.start) // HOUR for day in closed_days.summed(log, "shop")] == [24, 23]
    assert starts(log)[0] == first - 13 * HOUR


def test_a_day_is_left_alone_until_it_has_been_quiet(log: Log) -> None:
    new_project("shop")
    happen(NOON - DAY)
    assert rolled(log, NOON, quiet_ms=10 * MINUTE) == 0  # from now on it waits

    happen(NOON - DAY + 1)
    assert rolled(log, NOON + 11 * MINUTE, quiet_ms=10 * MINUTE) == 0  # and now anew
    assert rolled(log, NOON + 20 * MINUTE, quiet_ms=10 * MINUTE) == 0
    assert rolled(log, NOON + 21 * MINUTE, quiet_ms=10 * MINUTE) == 1


def test_events_of_today_leave_the_days_before_alone(log: Log) -> None:
    new_project("shop")
    happen(NOON - 2 * DAY)
    rolled(log, NOON)

    happen(NOON, NOON + 11 * HOUR)

    assert starts(log) == [MIDNIGHT - 2 * DAY, MIDNIGHT - DAY]


def test_a_late_event_has_its_day_summed_up_again_and_no_other(log: Log) -> None:
    new_project("shop")
    happen(*(NOON - day * DAY for day in (3, 2, 1)))
    rolled(log, NOON)
    before = {day.start: day.mark for day in closed_days.summed(log, "shop")}

    happen(NOON - 2 * DAY + 1)
    assert starts(log) == [MIDNIGHT - 3 * DAY, MIDNIGHT - DAY]
    assert rolled(log, NOON) == 1

    after = {day.start: day.mark for day in closed_days.summed(log, "shop")}
    assert [start for start in after if after[start] != before[start]] == [MIDNIGHT - 2 * DAY]


def test_rows_of_days_that_were_summed_up_again_are_deleted_later(log: Log) -> None:
    new_project("shop")
    happen(NOON - DAY)
    rolled(log, NOON)
    happen(NOON - DAY + 1)
    rolled(log, NOON)
    assert len(rows("SELECT generation FROM day_numbers")) == 2
    log.delete(closed_days.swept_key("shop"))

    client.command(Sql("SELECT 1"))
    days.sweep(log, "shop", int(datetime.now(UTC).timestamp() * 1000) + 2 * HOUR)

    [counting] = closed_days.summed(log, "shop")
    assert rows("SELECT generation FROM day_numbers") == rows("SELECT DISTINCT generation FROM day_people")
    assert rows("SELECT generation FROM day_numbers") == [(counting.mark,)]


def test_after_redis_was_emptied_all_is_summed_up_again(log: Log) -> None:
    new_project("shop")
    happen(NOON - DAY)
    rolled(log, NOON)

    log.flushall()

    assert starts(log) == []
    assert rolled(log, NOON) == 1


def test_another_zone_of_the_project_makes_other_days(log: Log) -> None:
    new_project("shop")
    happen(NOON - DAY)
    rolled(log, NOON)

    Project.objects.filter(pk="shop").update(timezone="Asia/Kolkata")
    rolled(log, NOON)

    assert {day.zone for day in closed_days.summed(log, "shop")} == {"Asia/Kolkata"}
    assert starts(log)[-1] == MIDNIGHT - DAY - 11 * HOUR // 2


def test_a_project_in_which_nothing_changes_is_not_looked_at_again_for_a_while(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_project("shop")
    happen(NOON - DAY)
    rolled(log, NOON)
    rolled(log, NOON)  # finds nothing more

    monkeypatch.setattr(days, "over", lambda *_: pytest.fail("It was looked at."))
    assert rolled(log, NOON) == 0

    changes.note(log, {"shop": [(NOON, NOON)]})
    with pytest.raises(pytest.fail.Exception, match="It was looked at"):
        rolled(log, NOON)


def test_many_days_are_summed_up_some_at_a_time(log: Log) -> None:
    new_project("shop")
    happen(NOON - 20 * DAY, NOON - 3 * DAY)

    assert rolled(log, NOON) == 20

    assert [len(run) for run in days.runs(closed_days.summed(log, "shop"))] == [7, 7, 6]
    assert rows("SELECT sum(events), count() FROM day_numbers") == [(2, 20)]


def test_what_is_too_much_at_once_is_done_in_halves_and_a_day_that_is_too_much_alone_waits(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_project("shop")
    happen(NOON - 4 * DAY)
    write, too_much = days.written, MIDNIGHT - 2 * DAY

    def refusing(project_id: str, some: list[Day], renew: days.Renew) -> Any:
        if any(day.start == too_much for day in some):
            raise QueryTooExpensive("Too much.")
        return write(project_id, some, renew)

    monkeypatch.setattr(days, "written", refusing)

    assert rolled(log, NOON) == 3

    assert starts(log) == [MIDNIGHT - 4 * DAY, MIDNIGHT - 3 * DAY, MIDNIGHT - DAY]
    assert [day.start for day in closed_days.waiting(log, "shop")] == [too_much]
    assert rolled(log, NOON + 59 * MINUTE) == 0


def test_a_worker_that_dies_before_its_rows_count_leaves_the_day_to_the_next(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_project("shop")
    happen(NOON - DAY)

    with monkeypatch.context() as dying:
        dying.setattr(closed_days, "settle", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rolled(log, NOON)
    log.delete(days.LOCK)

    assert starts(log) == []
    assert rolled(log, NOON) == 1


def test_who_was_overtaken_lets_no_rows_count(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    new_project("shop")
    happen(NOON - DAY)
    write = days.written

    def slow(project_id: str, some: list[Day], renew: days.Renew) -> Any:
        done = write(project_id, some, renew)
        log.set(days.LOCK, "somebody else")
        return done

    monkeypatch.setattr(days, "written", slow)

    assert rolled(log, NOON) == 0
    assert starts(log) == []


def test_each_project_has_its_own_days(log: Log) -> None:
    for name in ("shop", "game"):
        new_project(name)
        happen(NOON - DAY, project_id=name)

    assert rolled(log, NOON) == 2
    happen(NOON - DAY + 1, project_id="game")

    assert (len(starts(log, "shop")), len(starts(log, "game"))) == (1, 0)


def test_a_widened_span_never_reaches_into_another_quarter_of_an_hour() -> None:
    quarter = 15 * MINUTE

    assert closed_days.widened([(NOON + 1, NOON + 2), (NOON + quarter, NOON + quarter)]) == [
        (NOON, NOON + 2 * quarter - 1)
    ]
    assert closed_days.widened([(NOON - 1, NOON - 1), (NOON + quarter, NOON + quarter)]) == [
        (NOON - quarter, NOON - 1),
        (NOON + quarter, NOON + 2 * quarter - 1),
    ]
    assert len(closed_days.widened([(NOON + hour * HOUR, NOON + hour * HOUR) for hour in range(501)])) == 1


def test_years_old_days_are_not_summed_up(log: Log) -> None:
    new_project("shop")
    happen(NOON - 3000 * DAY, NOON - DAY)

    assert rolled(log, NOON) == 1
    assert starts(log) == [MIDNIGHT - DAY]
    assert timedelta(days=days.MOST_DAYS) < timedelta(days=3000)
