"""Numbers of keys: small ones, so that whoever was there on a day fits into a bitmap; ingestion.rollups.days asks.

A number is one key's for as long as any row of `day_people` has it, and a key has one number. Two things keep it so.
Only who sums up days gives out numbers and takes them back, and what is given out is above all that any row has. And
what came of it is looked at before a day counts: a worker that was frozen may do its work beside the next one.
"""

import logging
from collections.abc import Callable, Mapping

import redis

from eventlens import closed_days
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from ingestion.rollups import day_sql, number_sql

logger = logging.getLogger(__name__)

SWEPT_MS = 24 * 3_600_000
# A project has as many numbers as it has keys, whatever the range of a question may be.
UNBOUNDED = {"max_rows_to_read": 0}

Limits = Callable[[], Mapping[str, object]]  # asked before each statement


class NotUnique(Exception):
    """Two keys of the project have one number, or one key has two."""


def assign(params: Mapping[str, object], limits: Limits) -> None:
    """Give each key of these days a number that has none.

    When the statement has to begin is told by ClickHouse's own clock: one that arrives late does nothing.
    """
    [clock] = client.query(number_sql.NOW, comment="days")
    bounds = limits()
    begins_before = clock["at"] + 1000 * int(str(bounds["max_execution_time"]))
    client.command(number_sql.assign_sql({**params, "beginsBefore": begins_before}), settings=bounds)


def are_right(params: Mapping[str, object], limits: Limits) -> bool:
    """Whether the bitmaps of these rows hold all their keys, by numbers that are theirs alone. Raises NotUnique."""
    [wrong] = asked(Sql(number_sql.WRONG, {name: params[name] for name in number_sql.OF_ROWS}), limits)
    if wrong["isShared"] or wrong["isTwice"]:
        raise NotUnique
    if wrong["incomplete"] or wrong["lost"]:
        logger.warning(
            "Days of project %s do not count yet: %s of their lists have keys that are not in the bitmap beside "
            "them, and %s numbers in bitmaps are nobody's. Events may have come meanwhile; it is tried again.",
            params["project"],
            wrong["incomplete"],
            wrong["lost"],
        )
        return False
    return True


def asked(sql: Sql, limits: Limits) -> list[client.Row]:
    return client.query(sql, comment="days", settings={**limits(), **UNBOUNDED})


def start_anew(store: "redis.Redis", project_id: str, limits: Limits) -> None:
    """Strike off all days of a project and number its keys again. The numbers go last: no row may outlive its own."""
    logger.error("Numbers of keys of project %s are not unique; all its days are summed up again.", project_id)
    closed_days.forget_project(store, project_id)
    for table in (*day_sql.TABLES, "person_numbers"):
        every = compose(number_sql.DELETE_ALL, {"project": project_id}, table=Sql(table))
        client.command(every, settings=limits())


def sweep(store: "redis.Redis", project_id: str, limits: Limits) -> None:
    """Once a day take back the numbers that no day has any more."""
    if not store.set(closed_days.numbers_swept_key(project_id), 1, nx=True, px=SWEPT_MS):
        return
    if asked(number_sql.any_unused_sql(project_id), limits):
        client.command(number_sql.delete_unused_sql(project_id), settings=limits())
