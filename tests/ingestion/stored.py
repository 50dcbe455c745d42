"""What came of events: in ClickHouse, in the quarantine; and the means to interfere."""

from typing import Any

import pytest
import redis

from analytics.directory import ProjectRecord
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion import drain, stream
from ingestion.accepted import AcceptedEvent
from ingestion.enrichment import enrich
from ingestion.rows import EventRow
from ingestion.stream import Holder

Log = redis.Redis


def names(table: str = "events") -> list[str]:
    return [row["name"] for row in client.query(Sql(f"SELECT name FROM {table} ORDER BY name"))]


def quarantined(log: Log) -> list[dict[bytes, bytes]]:
    entries: Any = log.xrange(stream.QUARANTINE)
    return [fields for _, fields in entries]


def held(shard: int = 0) -> Holder:
    holder = stream.take(shard)
    assert holder is not None
    return holder


def spoiled(monkeypatch: pytest.MonkeyPatch, **columns: Any) -> None:
    """Let the event named `bad` have values that its columns cannot hold."""

    def spoil(event: AcceptedEvent, project: ProjectRecord) -> EventRow:
        row = enrich(event, project)
        if event.name == "bad":
            for column, value in columns.items():
                setattr(row, column, value)
        return row

    monkeypatch.setattr(drain, "enrich", spoil)
