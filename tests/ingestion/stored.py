"""What came of events: in ClickHouse, in the quarantine; and the means to interfere."""

from collections.abc import Sequence
from typing import Any

import pytest
import redis

from analytics.directory import ProjectRecord
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.door.accepted import AcceptedEvent
from ingestion.enrichment import enrich_all
from ingestion.log import stream
from ingestion.log.stream import Holder
from ingestion.storing import chunks, drain
from ingestion.storing.rows import Columns

Log = redis.Redis


def names(table: str = "events", column: str = "name") -> list[str]:
    return [row[column] for row in client.query(Sql(f"SELECT {column} FROM {table} ORDER BY {column}"))]


def quarantined(log: Log) -> list[dict[bytes, bytes]]:
    entries: Any = log.xrange(stream.QUARANTINE)
    return [fields for _, fields in entries]


def held(shard: int = 0) -> Holder:
    holder = stream.take(shard)
    assert holder is not None
    return holder


def spoiled(monkeypatch: pytest.MonkeyPatch, **columns: Any) -> None:
    """Let the event named `bad` have values that its columns cannot hold."""

    def spoil(events: Sequence[AcceptedEvent], projects: Sequence[ProjectRecord]) -> Columns:
        block = enrich_all(events, projects)
        for at, event in enumerate(events):
            if event.name == "bad":
                for column, value in columns.items():
                    block[column][at] = value
        return block

    monkeypatch.setattr(chunks, "enrich_all", spoil)


def insert_all(holder: Holder, batch: stream.Batch) -> None:
    """The work of drain.finish up to the moment before the acknowledgement."""

    class Crash(Exception):
        pass

    class Dying(Holder):
        def finish(self, done: stream.Batch, outcome: stream.Outcome) -> None:
            raise Crash

    with pytest.raises(Crash):
        drain.finish(Dying(holder.shard, holder.owner), batch)
