"""The quarantine's table: filled once, replayed once, bounded, without what a project does not keep."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import redis
from django.db import DatabaseError
from msgspec.structs import replace

from analytics.models import Project
from ingestion import quarantine
from ingestion.door.accepted import AcceptedChange, AcceptedEvent
from ingestion.log import stream
from ingestion.models import QuarantinedEvent, State, request_replay
from ingestion.storing import drain
from tests.ingestion.factories import NOON, drafted, logged, send
from tests.ingestion.stored import names, quarantined, spoiled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
Log = redis.Redis
NOW = datetime(2024, 6, 1, tzinfo=UTC)
rows = QuarantinedEvent.objects


def set_aside(log: Log, reason: str = "broken", **payload: Any) -> bytes:
    """Into Redis's quarantine, as the drain does it; returns the entry's id."""
    event = drafted(**payload)
    fields = {"reason": reason, "project": event.project_id, "event": msgspec.msgpack.encode(event)}
    entry: Any = log.xadd(stream.QUARANTINE, fields)
    return bytes(entry)


def test_what_was_set_aside_moves_into_the_table(log: Log) -> None:
    set_aside(log, "The enrichment failed: x", name="buy", eventId="e1", deviceId="d1", profileId="p1")

    assert quarantine.collect() == 1

    row = rows.get()
    assert (row.project_id, row.name, row.event_id, row.device_id, row.profile_id) == (
        "shop",
        "buy",
        "e1",
        "d1",
        "p1",
    )
    assert (row.kind, row.state, row.reason) == ("event", "waiting", "The enrichment failed: x")
    assert row.received_at is not None
    assert row.received_at.isoformat() == "2024-05-31T12:00:00+00:00"
    assert quarantined(log) == []


def test_an_entry_that_cannot_be_read_is_kept_byte_by_byte(log: Log) -> None:
    log.xadd(stream.QUARANTINE, {"reason": "The entry cannot be read: x", "entry": b"\xc1\x00"})

    quarantine.collect()

    row = rows.get()
    assert (row.kind, bytes(row.payload), row.project_id, row.event()) == ("entry", b"\xc1\x00", "", None)


def test_what_was_said_of_a_person_is_kept_and_replayed_like_an_event(log: Log) -> None:
    change = AcceptedChange(
        kind="identify",
        project_id="shop",
        event_id="c1",
        device_id="d1",
        session_id="",
        profile_id="p1",
        created_ms=NOON,
        received_ms=NOON,
        traits={"plan": '"pro"'},
    )
    packed = msgspec.msgpack.encode(change)
    log.xadd(stream.QUARANTINE, {"reason": "x", "project": "shop", "event": packed})

    quarantine.collect()
    request_replay(rows.all())
    quarantine.keep(NOW)

    row = rows.get()
    assert (row.name, row.event_id, row.device_id, row.profile_id) == ("identify", "c1", "d1", "p1")
    assert row.event() == change
    [(_, fields)] = entries(log)
    assert fields == {b"e": b"\x91" + packed}


def entries(log: Log) -> Any:
    return log.xrange(stream.log_key(0))


def test_a_move_that_dies_before_its_end_is_done_once(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    set_aside(log, eventId="e1")
    with monkeypatch.context() as dying:
        dying.setattr(redis.Redis, "xdel", died)
        with pytest.raises(KeyboardInterrupt):
            quarantine.collect()
    assert (rows.count(), len(quarantined(log))) == (1, 1)

    quarantine.collect()

    assert (rows.count(), len(quarantined(log))) == (1, 0)


def died(*arguments: object, **options: object) -> int:
    raise KeyboardInterrupt


def test_without_the_database_what_was_set_aside_waits_in_redis(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*arguments: object, **options: object) -> None:
        raise DatabaseError("away")

    set_aside(log)
    with monkeypatch.context() as without:
        without.setattr("ingestion.models.QuarantinedEvent.objects.bulk_create", away)
        quarantine.keep(NOW)
    assert len(quarantined(log)) == 1

    quarantine.keep(NOW)
    assert (rows.count(), len(quarantined(log))) == (1, 0)


@pytest.mark.parametrize(
    ("policy", "kept"), [("geo", ""), ("drop", ""), ("keep", "85.214.132.117"), ("truncate", "85.214.132.0")]
)
def test_an_address_is_kept_only_where_the_project_keeps_addresses(log: Log, policy: str, kept: str) -> None:
    Project.objects.filter(id="shop").update(address_policy=policy)
    event = replace(drafted(), address={"drop": "", "truncate": "85.214.132.0"}.get(policy, "85.214.132.117"))
    log.xadd(stream.QUARANTINE, {"reason": "x", "project": "shop", "event": msgspec.msgpack.encode(event)})

    quarantine.collect()

    stored = rows.get().event()
    assert isinstance(stored, AcceptedEvent)
    assert stored.address == kept


def test_the_place_of_a_visitor_outlives_the_address(log: Log) -> None:
    event = replace(drafted(), address="85.214.132.117")
    log.xadd(stream.QUARANTINE, {"reason": "x", "project": "shop", "event": msgspec.msgpack.encode(event)})

    quarantine.collect()

    stored = rows.get().event()
    assert isinstance(stored, AcceptedEvent)
    assert stored.overrides == {"country": "DE"}


def collected(log: Log, **payload: Any) -> QuarantinedEvent:
    set_aside(log, **payload)
    quarantine.collect()
    return rows.latest("id")


@pytest.mark.usefixtures("clickhouse")
def test_a_refused_event_is_counted_once_after_its_replay(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        spoiled(broken, isScreenView=999)
        send({"name": "good"}, {"name": "bad", "eventId": "e1", "deviceId": "d1", "sessionId": "s1"})
        drain.drain(0)
    quarantine.keep(NOW)
    assert names() == ["good"]

    request_replay(rows.all())
    quarantine.keep(NOW)
    drain.drain(0)

    assert names() == ["bad", "good"]
    assert rows.get().state == "replayed"
    [again] = send({"name": "bad", "eventId": "e1", "deviceId": "d1", "sessionId": "s1"})
    assert again.is_duplicate


@pytest.mark.usefixtures("clickhouse")
def test_what_fails_again_comes_back_with_its_reason(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    spoiled(monkeypatch, isScreenView=999)
    first = collected(log, name="bad", eventId="e1")
    request_replay(rows.all())
    quarantine.keep(NOW)

    drain.drain(0)
    quarantine.keep(NOW)

    second = rows.latest("id")
    assert (rows.count(), second.event_id, second.state) == (2, "e1", "waiting")
    assert second.reason.startswith("ClickHouse refuses the row: ")
    assert second.entry_id != first.entry_id


def test_a_replay_that_is_asked_for_twice_is_done_once(log: Log) -> None:
    collected(log, eventId="e1")

    assert request_replay(rows.all()) == 1
    quarantine.keep(NOW)
    assert request_replay(rows.all()) == 0
    quarantine.keep(NOW)

    assert [event.event_id for event in logged(log)] == ["e1"]


def test_a_replay_that_dies_before_it_is_noted_is_done_once(log: Log) -> None:
    row = collected(log, eventId="e1")
    request_replay(rows.all())
    assert quarantine.put_back(row, 0) == 1  # and the process dies

    quarantine.keep(NOW)

    assert [event.event_id for event in logged(log)] == ["e1"]
    assert rows.get().state == "replayed"


def test_a_replay_waits_while_the_log_is_full(log: Log, configure: Callable[..., None]) -> None:
    configure(queue_max_entries=1)
    collected(log, eventId="e1")
    log.xadd(stream.log_key(0), {"e": b"\x90"})
    request_replay(rows.all())

    quarantine.keep(NOW)
    assert rows.get().state == "replaying"

    log.delete(stream.log_key(0))
    quarantine.keep(NOW)
    assert [event.event_id for event in logged(log)] == ["e1"]


def test_an_unreadable_entry_is_put_back_as_it_was(log: Log) -> None:
    packed = msgspec.msgpack.encode([drafted(eventId="e1")])
    log.xadd(stream.QUARANTINE, {"reason": "x", "entry": packed})
    quarantine.collect()

    request_replay(rows.all())
    quarantine.keep(NOW)

    assert [event.event_id for event in logged(log)] == ["e1"]


def test_beyond_the_limit_the_oldest_go_and_replayed_ones_first(log: Log, configure: Callable[..., None]) -> None:
    for number in range(4):
        collected(log, eventId=f"e{number}")
    rows.filter(event_id="e2").update(state=State.REPLAYED, replayed_at=NOW)

    configure(quarantine_max_events=2)
    quarantine.keep(NOW)

    assert sorted(rows.values_list("event_id", flat=True)) == ["e1", "e3"]


def test_redis_holds_no_more_than_the_limit(log: Log, configure: Callable[..., None]) -> None:
    configure(quarantine_max_events=2)
    for number in range(5):
        set_aside(log, eventId=f"e{number}")

    assert quarantine.collect() == 2

    assert sorted(rows.values_list("event_id", flat=True)) == ["e3", "e4"]


def test_replayed_events_go_after_a_week(log: Log) -> None:
    collected(log, eventId="old")
    collected(log, eventId="new")
    rows.filter(event_id="old").update(state=State.REPLAYED, replayed_at=NOW - timedelta(days=8))
    rows.filter(event_id="new").update(state=State.REPLAYED, replayed_at=NOW - timedelta(days=6))

    quarantine.keep(NOW)

    assert list(rows.values_list("event_id", flat=True)) == ["new"]
