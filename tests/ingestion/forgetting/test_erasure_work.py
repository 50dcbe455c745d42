"""How erasures are worked off: together, alone, off the disk in the end, and without a trace in Redis."""

import hmac
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from analytics.models import Erasure
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.door import accept
from ingestion.forgetting import erasure, masks
from ingestion.forgetting import sql as erasure_sql
from ingestion.forgetting import traces as erasure_traces
from ingestion.log import lanes
from ingestion.rollups import people as people_rollup
from ingestion.rollups import persons, sessions
from ingestion.storing import drain
from tests.ingestion.factories import NOON, item, say, send
from tests.ingestion.forgetting.forgetting import Log, arrive, erased, rows, stored, traits, wish, work_off
from tests.servers import until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop", "clickhouse")]


def test_many_wishes_are_one_batch_and_each_is_told_its_own_numbers(log: Log) -> None:
    send(*[{"name": "x", "deviceId": f"d{n}", "profileId": f"p{n % 3}", "timestamp": NOON + n} for n in range(6)])
    arrive(log)
    wishes = [wish(profile) for profile in ("p0", "p1", "gone")]

    work_off()

    assert [(one.batch, one.counts["events"], one.counts["sessions"]) for one in reversed(Erasure.objects.all())] == [
        (wishes[0].pk, 2, 2),
        (wishes[0].pk, 2, 2),
        (wishes[0].pk, 0, 0),
    ]
    assert set(stored("events", "profileId")) == {"p2"}


def test_only_a_keyed_hash_of_the_id_is_left(log: Log) -> None:
    # A name that no hexadecimal hash can contain.
    erased("ruth")

    [one] = Erasure.objects.values()
    key = settings.EVENTLENS.secret_key.encode()
    assert one["subject"] == ""
    assert one["subject_hash"] == hmac.new(key, b"profile\0shop\0ruth", "sha256").hexdigest()
    assert "ruth" not in str(one)


def test_marks_and_live_sessions_are_forgotten_in_redis(log: Log) -> None:
    say(traits("ada", deviceId="ada-phone", firstName="Ada"), item("alias", profileId="ada", alias="lovelace"))
    send({"name": "x", "deviceId": "ada-phone"})
    drain.drain(0)  # no rollup: the marks are still there
    live = accept.live_key("shop", "ada-phone")
    assert log.exists(live)
    assert log.smembers("eventlens:marked:profiles:shop") == {b"ada"}

    erased("ada")

    assert not log.exists(live)
    assert not log.exists("eventlens:marked:profiles:shop", "eventlens:marked:persons:shop")
    for key in log.scan_iter():
        assert b"lovelace" not in (log.dump(key) or b""), key


def test_erased_rows_leave_the_disk_before_the_erasure_is_finished(log: Log) -> None:
    send(*[{"name": "x", "deviceId": f"d{n}", "profileId": f"p{n % 2}", "timestamp": NOON} for n in range(10)])
    arrive(log)

    erased("p0")

    parts = "FROM system.parts WHERE database = currentDatabase() AND active AND table = 'events'"
    assert rows(f"SELECT sum(rows), max(has_lightweight_delete) {parts}") == [(5, 0)]


def test_files_are_written_again_at_most_once_an_hour_while_other_wishes_go_on(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(*[{"name": "x", "deviceId": f"d{n}", "profileId": f"p{n}", "timestamp": NOON} for n in range(3)])
    arrive(log)
    erased("p0")  # the first at once
    second, third = wish("p1"), wish("p2")

    until(lambda: [erasure.work(), not stored("events", "name")][1], what="the rows to be hidden")
    erasure.work()

    states = {one.state for one in Erasure.objects.filter(pk__in=[second.pk, third.pk])}
    assert states == {"removing"}
    monkeypatch.setattr(masks, "PAUSE", timedelta(0))
    work_off()
    ended = Erasure.objects.get(pk=second.pk)
    assert ended.erased_at and ended.finished_at and ended.erased_at < ended.finished_at


def test_what_is_asked_once_it_is_erased_is_a_new_wish(log: Log) -> None:
    first = wish("ada")
    until(lambda: [erasure.work(), Erasure.objects.get().erased_at][1], what="the erasure")
    Erasure.objects.update(state="removing")

    assert wish("ada") != first


def test_every_table_with_rows_of_projects_is_known_to_erasures(clickhouse: None) -> None:
    found = rows(
        "SELECT DISTINCT table FROM system.columns WHERE database = currentDatabase() AND name = 'projectId' "
        "AND table IN (SELECT name FROM system.tables WHERE engine LIKE '%MergeTree') ORDER BY table"
    )

    assert [table for (table,) in found] == sorted(place.table for place in erasure_sql.PLACES)


def test_a_huge_person_is_erased_as_well(log: Log) -> None:
    client.command(
        Sql(
            "INSERT INTO identity_links (projectId, kind, fromId, toId, linkedAt) "
            "SELECT 'shop', 'device', concat('d', toString(number)), 'ada', now64() FROM numbers(20000)"
        )
    )
    persons.join(log, "shop", [f"d{key}" for key in stored("identity_links", "fromKey")])

    assert erased("ada") == {"identity_links": 20_000, "persons": 20_000}
    assert stored("persons", "key") == []


def test_the_rollups_are_kept_out_while_what_they_write_is_erased(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    send({"name": "x", "deviceId": "d1", "profileId": "ada", "timestamp": NOON})
    say(traits("ada", firstName="Ada"))
    arrive(log)
    seen: list[tuple[str, int, int]] = []
    command = client.command

    def spy(sql: Sql, **more: Any) -> None:
        if sql.text.startswith("DELETE"):
            table = sql.text.split()[2]
            seen.append((table, log.exists(sessions.LOCK), log.exists(people_rollup.LOCK)))
        command(sql, **more)

    monkeypatch.setattr(client, "command", spy)
    erased("ada")

    held = {table: locks for table, *locks in seen}
    assert (held["sessions"], held["persons"], held["profiles"]) == ([1, 0], [0, 1], [0, 1])
    assert held["events"] == [0, 0]


def test_while_another_worker_is_at_work_nothing_happens(log: Log) -> None:
    log.set(erasure.LOCK, "another's")
    one = wish("ada")

    erasure.work()

    one.refresh_from_db()
    assert one.state == "waiting"


def test_lanes_that_others_touched_meanwhile_are_widened_not_replaced(log: Log) -> None:
    log.hset(lanes.touched_key("shop"), "7", "5:9")

    erasure_traces.touch("shop", [{"lane": 7, "low": 6, "high": 12}, {"lane": 8, "low": 1, "high": 2}])

    assert log.hgetall(lanes.touched_key("shop")) == {b"7": b"5:12", b"8": b"1:2"}
    assert log.smembers(lanes.PROJECTS) == {b"shop"}
