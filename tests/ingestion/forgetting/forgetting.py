"""To forget somebody in a test: the wish, the worker's part of it, and what is left afterwards."""

from datetime import UTC, datetime
from typing import Any

import redis

from analytics import erasures
from analytics.models import Erasure
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.forgetting import erasure
from ingestion.rollups import people as people_rollup
from ingestion.rollups import sessions
from ingestion.storing import drain
from tests.conftest import TABLES
from tests.ingestion.factories import DAY, MINUTE, NOON, item
from tests.servers import until

Log = redis.Redis
LATER = NOON + DAY


def arrive(log: Log) -> None:
    """What waits is stored and rolled up."""
    drain.drain(0)
    sessions.roll_up(log)
    people_rollup.roll_up(log)


def wish(profile: str, at: int = NOON + 10 * MINUTE) -> Erasure:
    return erasures.erase_profile("shop", profile, datetime.fromtimestamp(at / 1000, UTC))


def work_off() -> None:
    def is_done() -> bool:
        erasure.work()
        return not Erasure.objects.exclude(state="finished").exists()

    until(is_done, what="the erasure to be finished")


def erased(profile: str) -> dict[str, int]:
    """The counts of an erasure, those that are not 0."""
    one = wish(profile)
    work_off()
    one.refresh_from_db()
    return {table: count for table, count in one.counts.items() if count}


def stored(table: str, column: str) -> list[Any]:
    return [row["x"] for row in client.query(Sql(f"SELECT {column} AS x FROM {table} ORDER BY x"))]


def rows(text: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in client.query(Sql(text))]


def everywhere(word: str) -> list[str]:
    """The tables in which the word stands, in any column."""
    found = []
    for table in (*TABLES, "erasing"):
        [row] = client.query(Sql(f"SELECT count() AS n FROM {table} WHERE toString(tuple(*)) LIKE '%{word}%'"))
        if row["n"]:
            found.append(table)
    return found


def traits(profile: str, **more: Any) -> bytes:
    return item("identify", profileId=profile, timestamp=NOON, **more)
