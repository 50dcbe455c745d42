"""query(), insert(), command(): one connection a thread, limits on every query, driver errors become ours."""

import re
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from clickhouse_driver import errors
from clickhouse_driver.util.helpers import parse_url
from django.conf import settings

from eventlens.clickhouse import asking
from eventlens.clickhouse.blocks import Client
from eventlens.clickhouse.errors import ClickHouseError, ClickHouseUnavailable, QueryRejected, translated
from eventlens.clickhouse.sql import Sql

MOST_STATEMENT_BYTES = 4 * 1024 * 1024  # a hundred filters by group are longer than ClickHouse's own 256 KiB
Row = dict[str, Any]
T = TypeVar("T")

local = threading.local()


def connection() -> Client:
    """This thread's connection; the driver opens it at first use and again after a failure."""
    if not hasattr(local, "client"):
        local.client = opened(settings.EVENTLENS.clickhouse_url)
    client: Client = local.client
    return client


def opened(url: str, **replaced: object) -> Client:
    """A client for the URL; its query may set any option of the driver."""
    host, options = parse_url(url)
    defaults = {"connect_timeout": 5, "send_receive_timeout": settings.EVENTLENS.query_max_seconds + 10}
    options["settings"] = {"server_side_params": True, **options.get("settings", {})}
    return Client(host, **{**defaults, **options, **replaced})


def query(sql: Sql, *, comment: str = "", settings: Mapping[str, object] | None = None) -> list[Row]:
    """The rows of a SELECT as dicts by column name, in order; times are aware and in UTC.

    `comment` names the project and the question in ClickHouse's query log; without it they are those of whoever
    asks in this thread. Raises ClickHouseUnavailable,
    QueryTimeout, QueryTooExpensive or QueryRejected.
    """
    rows, columns = guarded(
        lambda client: waited_for(
            client,
            sql.text,
            wire_params(sql.params),
            with_column_types=True,
            settings={**limits(), "log_comment": comment or asking.name.get(), **(settings or {})},
        )
    )
    names = [name for name, _ in columns]
    return [dict(zip(names, row, strict=True)) for row in rows]


def waited_for(client: Client, *statement: object, **options: object) -> Any:
    """The answer, unless whoever asks leaves before it is there.

    Then the connection is cut, at which ClickHouse ends the query; another one to say so could have to wait.
    """
    someone = asking.asker.get()
    if someone is None:
        return client.execute(*statement, **options)
    with someone.waits(lambda: cut(client)):
        return client.execute(*statement, **options)


def cut(client: Client) -> None:
    if wire := client.connection.socket:
        with suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)


def insert(table: str, columns: Mapping[str, Sequence[object]], *, token: str) -> int:
    """Insert the columns as one block and return the number of rows.

    A repeat with the same token is dropped by ClickHouse, so a caller that does not know whether the first
    try arrived may simply try again.
    """
    names = ", ".join(columns)
    data = list(columns.values())
    # A block of a bulk import may span years of monthly partitions; 0 lifts ClickHouse's limit of 100.
    options = {
        "insert_deduplication_token": token,
        "max_partitions_per_insert_block": 0,
    }
    statement = f"INSERT INTO {table} ({names}) VALUES"
    guarded(lambda client: client.execute(statement, data, columnar=True, settings=options))
    return len(data[0]) if data else 0


def command(sql: Sql, *, settings: Mapping[str, object] | None = None) -> None:
    """Run a statement that answers no rows: DDL, INSERT … SELECT, ALTER."""
    guarded(lambda client: client.execute(sql.text, wire_params(sql.params), settings=dict(settings or {})))


def create_database(url: str) -> None:
    """Create the database that the URL names, through a connection that needs none."""
    name = urlsplit(url).path.strip("/") or "default"
    if not re.fullmatch(r"\w+", name):
        raise QueryRejected(f"CLICKHOUSE_URL names the database {name!r}; use letters, digits and underscores.")
    with opened(url, database="default") as client:
        try:
            client.execute(f"CREATE DATABASE IF NOT EXISTS {name}")
        except (errors.Error, OSError, EOFError) as wrong:
            raise failure(wrong) from wrong


def ping() -> None:
    """Raise ClickHouseUnavailable unless ClickHouse answers."""
    guarded(lambda client: client.execute("SELECT 1", settings={"max_execution_time": 2}))


def guarded(work: Callable[[Client], T]) -> T:
    """Run `work` with this thread's connection; a failed connection is dropped, never reused half read."""
    client = connection()
    try:
        return work(client)
    except errors.ServerException as wrong:
        raise translated(wrong) from wrong
    except (errors.Error, OSError, EOFError) as wrong:
        client.disconnect()
        raise failure(wrong) from wrong
    except BaseException:
        client.disconnect()
        raise


def failure(wrong: errors.Error | OSError | EOFError) -> ClickHouseError:
    """Our error for one of the driver or of the socket; EOFError is a server that died over its answer."""
    if isinstance(wrong, errors.Error):
        return translated(wrong)
    return ClickHouseUnavailable(f"The connection to ClickHouse failed: {wrong}")


def limits() -> dict[str, object]:
    """What every question is held to; going over one is a typed error, never a cut answer."""
    config = settings.EVENTLENS
    return {
        "max_execution_time": config.query_max_seconds,
        "max_memory_usage": config.query_max_memory_bytes,
        "max_rows_to_read": config.query_max_rows,
        "max_result_rows": config.query_max_result_rows,
        "result_overflow_mode": "throw",
        "max_query_size": MOST_STATEMENT_BYTES,
        # FINAL then reads each partition by itself. Right here because the partition of every replacing table
        # follows from its sorting key: two versions of a row are never in two partitions.
        "do_not_merge_across_partitions_select_final": 1,
    }


def wire_params(params: Mapping[str, object]) -> dict[str, object] | None:
    """Parameters as the driver can send them: times as UTC text with milliseconds."""
    if not params:
        return None
    return {name: utc_text(value) if isinstance(value, datetime) else value for name, value in params.items()}


def utc_text(moment: datetime) -> str:
    """`2024-01-31 23:59:59.999`, the form that ClickHouse reads without regard to settings."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
