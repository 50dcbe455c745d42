"""Keys of days that are summed up have numbers, one each, whoever dies, is late or does the same twice."""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
import redis

from eventlens import closed_days
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.log import stream
from ingestion.rollups import day_sql, days, number_sql, numbers
from ingestion.storing import drain
from ingestion.storing.facts import person_key
from tests.analytics.factories import new_project
from tests.ingestion.deaths import Mortal
from tests.ingestion.factories import DAY, HOUR, NOON, project, send, sender

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse")]
Log = redis.Redis
MIDNIGHT = NOON - 12 * HOUR  # 2024-05-31T00:00:00Z

ALL = "SELECT key, number FROM person_numbers ORDER BY number"
# Rows that do not hold exactly the numbers of their keys.
AMISS = """
    SELECT startsAt, shard
    FROM day_people
    WHERE arraySort(bitmapToArray(numbers)) != arraySort(
        arrayMap(one -> (SELECT CAST((groupArray(key), groupArray(number)), 'Map(UInt64, UInt32)')
                         FROM person_numbers)[one], people))
"""


def happen(*devices: str, at: int = NOON - DAY, project_id: str = "shop") -> None:
    sent = [{"name": "seen", "deviceId": device, "timestamp": at} for device in devices]
    send(*sent, of=project(project_id), by=sender(NOON + 400 * DAY))
    drain.drain(0)


def rolled(log: Log, at: int = NOON) -> int:
    return days.roll_up(log, datetime.fromtimestamp(at / 1000, UTC), quiet_ms=0).count


def rows(text: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in client.query(Sql(text))]


def summed(log: Log) -> list[int]:
    return [day.start for day in closed_days.summed(log, "shop")]


def shard(device: str) -> int:
    return person_key("d", device) >> 60


def test_a_key_has_one_number_on_all_days_dense_beside_its_upper_bits(log: Log) -> None:
    new_project("shop")
    devices = [f"d{number}" for number in range(200)]
    happen(*devices[:120], at=NOON - 2 * DAY)
    happen(*devices[60:], at=NOON - DAY)

    assert rolled(log) == 2

    found = rows(ALL)
    assert {key for key, _ in found} == {person_key("d", device) for device in devices}
    assert all(number >> 28 == key >> 60 for key, number in found)
    counts = [sum(shard(device) == one for device in devices) for one in range(16)]
    assert [number for _, number in found] == [
        (one << 28) + place for one, count in enumerate(counts) for place in range(1, count + 1)
    ]
    assert rows(AMISS) == []


def test_what_comes_later_has_the_numbers_behind(log: Log) -> None:
    new_project("shop")
    happen("d1", at=NOON - 2 * DAY)
    rolled(log, NOON - DAY)
    [first] = rows(ALL)

    same = next(f"n{number}" for number in range(1000) if shard(f"n{number}") == shard("d1"))
    happen("d1", same, at=NOON - DAY)
    rolled(log)

    assert rows(ALL) == [first, (person_key("d", same), first[1] + 1)]
    assert rows("SELECT max(highest) FROM day_people") == [(first[1] + 1,)]


def test_each_project_has_its_own_numbers(log: Log) -> None:
    for name in ("shop", "game"):
        new_project(name)
        happen("d1", project_id=name)

    rolled(log)

    assert rows("SELECT projectId, number FROM person_numbers ORDER BY projectId") == [
        ("game", (shard("d1") << 28) + 1),
        ("shop", (shard("d1") << 28) + 1),
    ]


def test_a_number_is_not_given_to_another_while_a_day_has_it(log: Log) -> None:
    new_project("shop")
    happen("d1", at=NOON - 2 * DAY)
    rolled(log, NOON - DAY)
    client.command(Sql("TRUNCATE TABLE person_numbers"))

    same = next(f"n{number}" for number in range(1000) if shard(f"n{number}") == shard("d1"))
    happen(same, at=NOON - DAY)
    rolled(log)

    assert rows(ALL) == [(person_key("d", same), (shard("d1") << 28) + 2)]


def test_a_key_that_has_no_number_yet_keeps_its_day_from_counting(
    log: Log, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    new_project("shop")
    happen("d1")
    assign = numbers.assign

    def before_an_event(*given: Any) -> None:
        assign(*given)
        happen("d2")
        closed_days.wait(log, "shop", [closed_days.Day("UTC", MIDNIGHT - DAY, MIDNIGHT, NOON)])

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(numbers, "assign", before_an_event)
        assert rolled(log) == 0

    assert "1 of their lists have keys that are not in the bitmap" in caplog.text
    assert summed(log) == []
    assert rolled(log) == 1
    assert len(rows(ALL)) == 2


@pytest.mark.parametrize(
    "amiss",
    [
        "INSERT INTO person_numbers SELECT projectId, number, key FROM person_numbers",
        "INSERT INTO person_numbers SELECT projectId, number, bitXor(key, 1) FROM person_numbers",
        "INSERT INTO person_numbers SELECT projectId, number + 7, key FROM person_numbers",
    ],
    ids=["rows twice", "a number of two keys", "a key with two numbers"],
)
def test_numbers_that_are_not_unique_are_found_and_all_starts_anew(
    log: Log, caplog: pytest.LogCaptureFixture, amiss: str
) -> None:
    new_project("shop")
    happen("d1", "d2", at=NOON - 2 * DAY)
    rolled(log, NOON - DAY)
    client.command(Sql(amiss))
    happen("d1", at=NOON - DAY)

    with caplog.at_level(logging.ERROR):
        assert rolled(log) == 0

    assert "are not unique" in caplog.text
    assert summed(log) == []
    for table in ("person_numbers", *day_sql.TABLES):
        assert rows(f"SELECT * FROM {table}") == []
    assert rolled(log) == 2
    assert rows(AMISS) == []
    assert rows("SELECT count(), uniqExact(key), uniqExact(number) FROM person_numbers") == [(2, 2, 2)]


def test_a_statement_that_begins_too_late_gives_out_nothing(log: Log) -> None:
    new_project("shop")
    happen("d1")
    params = day_sql.parameters("shop", [MIDNIGHT - DAY], MIDNIGHT, [1])
    [clock] = client.query(number_sql.NOW)

    client.command(number_sql.assign_sql({**params, "beginsBefore": clock["at"]}))
    late = rows(ALL)
    client.command(number_sql.assign_sql({**params, "beginsBefore": clock["at"] + 60_000}))

    assert late == []
    assert len(rows(ALL)) == 1


def test_numbers_that_no_day_has_any_more_are_taken_back_once_a_day(log: Log) -> None:
    new_project("shop")
    happen("d1", at=NOON - 2 * DAY)
    happen("d2", at=NOON - DAY)
    rolled(log)
    client.command(Sql("DELETE FROM day_people WHERE has(people, xxHash64('dd1'))"))

    rolled(log)
    before = len(rows(ALL))
    log.delete(closed_days.numbers_swept_key("shop"))
    rolled(log)

    assert before == 2
    assert [key for key, _ in rows(ALL)] == [person_key("d", "d2")]


@pytest.mark.django_db(transaction=True)
def test_wherever_the_worker_dies_the_next_one_sums_up_the_same(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every life gets one step farther than the one before it; each has something new to do."""
    new_project("shop")
    happen("d0", at=NOON - 3 * DAY)
    step, deaths = 0, 0
    while True:
        step += 1
        happen(f"d{step}", f"d{step % 5}", at=NOON - (1 + step % 3) * DAY)
        log.delete(closed_days.swept_key("shop"), closed_days.numbers_swept_key("shop"))
        mortal = Mortal(1 + step // 2, is_done=step % 2 == 1)
        with mortal.life(monkeypatch, days.LOCK):
            rolled(stream.store())
        if mortal.taken < mortal.step:
            break
        deaths += 1
        rolled(log, NOON + closed_days.QUARTER_MS)  # who died may have noted that he looked
        assert len(summed(log)) == 3
        assert rows(AMISS) == []
        assert rows("SELECT count() = uniqExact(key) AND count() = uniqExact(number) FROM person_numbers") == [(1,)]

    assert deaths > 40
