"""Deleted rows off the disk. ClickHouse only masks them at first, which hides them from every question.

To be rid of them, ClickHouse writes each part that holds some again. That may be most of a table for the sake of a
few rows, so it happens at most once in a while, for all that was hidden until then. ingestion.forgetting.erasure and
ingestion.forgetting.retention ask for it, and look now and then how far it is.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import cast

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.log import stream
from ingestion.wire.moments import milliseconds

logger = logging.getLogger(__name__)

PAUSE = timedelta(hours=1)
BEGUN = "eventlens:removal-begun"  # when ClickHouse was asked last, epoch milliseconds

MASKED = """
    SELECT DISTINCT table, partition_id AS partition
    FROM system.parts
    WHERE database = currentDatabase() AND active AND has_lightweight_delete
    ORDER BY table, partition
"""

AT_WORK = """
    SELECT DISTINCT table, latest_fail_reason AS failure
    FROM system.mutations
    WHERE database = currentDatabase() AND NOT is_done AND command LIKE '%APPLY DELETED MASK%'
"""

REMOVE = "ALTER TABLE {table} APPLY DELETED MASK IN PARTITION ID '{partition}'"
IN_BACKGROUND = {"mutations_sync": 0}


def remove(now: datetime) -> datetime | None:
    """Have parts with masked rows written again, if it is time to; answers up to when hidden rows are gone by now."""
    busy = client.query(Sql(AT_WORK))
    for row in busy:
        if row["failure"]:
            logger.warning("Deleted rows of %s cannot be removed from the disk: %s", row["table"], row["failure"])
    if busy:
        return None
    masked = client.query(Sql(MASKED))
    if not masked:
        return now
    begun = last_begun()
    if begun is None or now >= begun + PAUSE:
        for row in masked:
            # Both names are ClickHouse's own.
            client.command(Sql(REMOVE.format(**row)), settings=IN_BACKGROUND)
        # Only now: after a death in between, all of it is asked for again.
        stream.store().set(BEGUN, milliseconds(now))
    return begun


def last_begun() -> datetime | None:
    raw = cast("bytes | None", stream.store().get(BEGUN))
    return datetime.fromtimestamp(int(raw) / 1000, UTC) if raw else None
