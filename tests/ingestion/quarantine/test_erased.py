"""The quarantine forgets persons and projects: by exact ids, up to a time, and no replay brings anything back."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import redis
from msgspec.structs import replace

from analytics.models import Project
from ingestion import quarantine
from ingestion.door.accepted import AcceptedChange, AcceptedEvent
from ingestion.log import stream
from ingestion.models import QuarantinedEvent, request_replay
from tests.ingestion.factories import NOON, SECOND, drafted, logged, said, sender

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
Log = redis.Redis
LATER = datetime(2024, 6, 1, tzinfo=UTC)
rows = QuarantinedEvent.objects


def set_aside(log: Log, *events: AcceptedEvent | AcceptedChange) -> None:
    for event in events:
        fields: dict[Any, Any] = {"reason": "x", "project": event.project_id, "event": msgspec.msgpack.encode(event)}
        log.xadd(stream.QUARANTINE, fields)
    quarantine.collect()


def left() -> list[str]:
    return sorted(rows.values_list("event_id", flat=True))


def erase(devices: str = "", profiles: str = "", until: datetime = LATER) -> list[str]:
    return quarantine.erase("shop", {devices: devices.upper()}, {profiles: profiles.upper()}, until)


def test_events_are_found_by_profile_and_without_one_by_device(log: Log) -> None:
    set_aside(
        log,
        drafted(eventId="of device", deviceId="d1"),
        drafted(eventId="of profile", deviceId="d2", profileId="p1"),
        drafted(eventId="another's on the device", deviceId="d1", profileId="p2"),
        drafted(eventId="nobody's", deviceId="d3"),
    )

    assert sorted(erase("d1", "p1")) == ["D1", "P1"]
    assert left() == ["another's on the device", "nobody's"]


def test_upper_and_lower_case_are_two_persons(log: Log) -> None:
    set_aside(log, drafted(eventId="e1", profileId="ada"), drafted(eventId="e2", profileId="Ada"))

    assert erase(profiles="ada") == ["ADA"]
    assert left() == ["e2"]


def test_ids_too_long_for_the_table_are_found_all_the_same(log: Log, configure: Any) -> None:
    configure(max_key_length=1000)
    set_aside(log, drafted(eventId="e1", profileId="p" * 300))

    assert len(erase(profiles="p" * 300)) == 1
    assert left() == []


def test_an_alias_names_two_persons_who_are_one(log: Log) -> None:
    set_aside(log, said("alias", profileId="ada", alias="lovelace"), drafted(name="alias", profileId="bob"))

    assert erase(profiles="lovelace") == ["LOVELACE"]
    assert list(rows.values_list("profile_id", flat=True)) == ["bob"]


def test_what_arrived_later_stays(log: Log) -> None:
    set_aside(
        log,
        drafted(eventId="before", profileId="p1"),
        drafted(eventId="after", profileId="p1", by=sender(NOON + SECOND)),
    )

    assert erase(profiles="p1", until=datetime.fromtimestamp(NOON / 1000, UTC)) == ["P1"]
    assert left() == ["after"]


def test_another_project_keeps_its_own(log: Log) -> None:
    set_aside(log, replace(drafted(eventId="e1", profileId="p1"), project_id="other"))

    assert erase(profiles="p1") == []
    assert quarantine.erase_project("shop") == 0
    assert quarantine.erase_project("other") == 1


def test_a_replay_that_has_read_its_row_before_finds_itself_done(log: Log) -> None:
    set_aside(log, drafted(eventId="e1", profileId="p1"))
    request_replay(rows.all())
    row = rows.get()

    erase(profiles="p1")

    assert quarantine.put_back(row, 0) == 0
    assert logged(log) == []


def test_who_moves_what_was_set_aside_keeps_others_from_it(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "WAIT_SECONDS", 0.05)
    with log.lock(quarantine.LOCK, timeout=60):
        with pytest.raises(redis.exceptions.LockError):
            set_aside(log, drafted(eventId="e1"))
        quarantine.keep(LATER)
        assert left() == []

    quarantine.keep(LATER)
    assert left() == ["e1"]


def test_a_deleted_projects_events_are_all_taken(log: Log) -> None:
    set_aside(log, *[drafted(eventId=f"e{number}") for number in range(1200)])
    Project.objects.all().delete()

    assert quarantine.erase_project("shop") == 1200
    assert left() == []
