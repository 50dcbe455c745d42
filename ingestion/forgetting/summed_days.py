"""Days that were summed up with rows of those who are forgotten; they are summed up again without them.

The days are found in what was summed up itself, which goes last: cut short anywhere, all of it can be done again.
"""

from datetime import timedelta

import redis

from eventlens import changes, closed_days
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from ingestion.forgetting import sql as erasure_sql
from ingestion.forgetting.batch import UNBOUNDED, Batch
from ingestion.rollups import day_sql
from ingestion.rollups.days import generation_at
from ingestion.wire.moments import milliseconds

CLOCKS_APART = timedelta(minutes=5)
[NUMBERS] = (place for place in erasure_sql.PLACES if place.table == "person_numbers")


def erase(store: "redis.Redis", batch: Batch) -> None:
    """Nobody may sum up days meanwhile."""
    if batch.is_project:
        closed_days.forget_project(store, batch.project_id)
        delete(batch.project_id, *day_sql.TABLES, NUMBERS.table, whose=erasure_sql.EVERY)
        return
    since = min(row.requested_at for row in batch.rows) - CLOCKS_APART
    params = {"project": batch.project_id, "since": generation_at(milliseconds(since))}
    listed = erasure_sql.listed(batch.number)
    found = client.query(compose(erasure_sql.SUMMED_UP, params, listed=listed), settings=UNBOUNDED)
    changes.note(store, {batch.project_id: [(row["at"], row["at"]) for row in found]})
    generations = [row["generation"] for row in found]
    if generations:
        chosen = Sql("generation IN {generations:Array(UInt64)}", {"generations": generations})
        delete(batch.project_id, *day_sql.TABLES, whose=chosen)
    # Only now: while a row has a number, it is nobody else's.
    delete(batch.project_id, NUMBERS.table, whose=erasure_sql.persons_sql(NUMBERS, batch.number, batch.until_ms))


def delete(project_id: str, *tables: str, whose: Sql) -> None:
    for table in tables:
        place = erasure_sql.Place(table)
        if client.query(erasure_sql.any_sql(place, project_id, whose), settings=UNBOUNDED):
            client.command(erasure_sql.delete_sql(place, project_id, whose), settings=UNBOUNDED)
