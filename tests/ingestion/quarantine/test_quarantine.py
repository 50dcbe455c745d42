"""What cannot be stored is set aside with its reason, and keeps nothing else out."""

from collections.abc import Sequence

import msgspec
import pytest
import redis

from analytics.directory import ProjectRecord
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.door.accepted import AcceptedEvent
from ingestion.enrichment import enrich_all
from ingestion.log import stream
from ingestion.storing import chunks, drain
from ingestion.storing.rows import Columns
from tests.ingestion.factories import project, send
from tests.ingestion.stored import names, quarantined, spoiled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse", "shop")]
Log = redis.Redis


def test_an_entry_that_cannot_be_read_is_set_aside_and_the_others_are_stored(log: Log) -> None:
    send({"name": "a"})
    log.xadd("eventlens:log:0", {"e": b"\xc1 not msgpack"})
    log.xadd("eventlens:log:0", {"other": b"field"})
    send({"name": "b"})

    drain.drain(0)

    assert names() == ["a", "b"]
    assert [fields[b"entry"] for fields in quarantined(log)] == [b"\xc1 not msgpack", b"field"]
    assert log.xlen("eventlens:log:0") == 0


def test_an_event_that_breaks_the_enrichment_is_set_aside_with_its_reason(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(events: Sequence[AcceptedEvent], projects: Sequence[ProjectRecord]) -> Columns:
        if any(event.name == "bad" for event in events):
            raise ZeroDivisionError("division by zero")
        return enrich_all(events, projects)

    monkeypatch.setattr(chunks, "enrich_all", broken)
    send({"name": "a"}, {"name": "bad", "eventId": "e9"}, {"name": "b"})

    drain.drain(0)

    assert names() == ["a", "b"]
    [fields] = quarantined(log)
    assert fields[b"reason"] == b"The enrichment failed: ZeroDivisionError: division by zero"
    assert fields[b"project"] == b"shop"
    assert msgspec.msgpack.decode(fields[b"event"], type=AcceptedEvent).event_id == "e9"


def test_events_of_a_project_that_is_gone_are_set_aside(log: Log) -> None:
    send({"name": "a"}, of=project("gone"))
    send({"name": "b"})

    drain.drain(0)

    assert names() == ["b"]
    assert [fields[b"project"] for fields in quarantined(log)] == [b"gone"]


@pytest.mark.parametrize(
    ("column", "value"),
    [("isScreenView", 999), ("path", None), ("path", "half a character \ud83d"), ("createdAt", "yesterday")],
)
def test_a_row_that_clickhouse_refuses_is_found_and_set_aside(
    log: Log, monkeypatch: pytest.MonkeyPatch, column: str, value: object
) -> None:
    spoiled(monkeypatch, **{column: value})
    send(*[{"name": f"n{number}"} for number in range(5)], {"name": "bad"}, {"name": "z"})

    drain.drain(0)

    assert names() == ["n0", "n1", "n2", "n3", "n4", "z"]
    [fields] = quarantined(log)
    assert fields[b"reason"].startswith(b"ClickHouse refuses the row: ")
    assert msgspec.msgpack.decode(fields[b"event"], type=AcceptedEvent).name == "bad"


def test_a_refusal_that_is_no_rows_fault_quarantines_nothing(log: Log) -> None:
    send({"name": "a"})
    client.command(Sql("RENAME TABLE events TO elsewhere"))
    try:
        drain.drain(0)

        assert quarantined(log) == []
        assert log.xlen("eventlens:log:0") == 1
    finally:
        client.command(Sql("RENAME TABLE elsewhere TO events"))

    log.delete(stream.pause_key(0))
    drain.drain(0)
    assert names() == ["a"]
