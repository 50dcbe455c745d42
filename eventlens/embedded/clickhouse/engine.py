"""chDB, opened once for a data folder: it hands out sessions and stops queries that run in them."""

import json
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Protocol, cast

from .errors import translated

# What a ClickHouse server has and a library has not, and small caches: a machine's only process has other neighbours.
ARGUMENTS = {
    "implicit_select": 0,
    "async_insert": 0,
    "background_pool_size": 2,
    "background_schedule_pool_size": 2,
    "mark_cache_size": 64 << 20,
    "primary_index_cache_size": 64 << 20,
    "index_mark_cache_size": 16 << 20,
    "query_condition_cache_size": 8 << 20,
    "compiled_expression_cache_size": 16 << 20,
    "max_thread_pool_size": 1000,
    "max_thread_pool_free_size": 16,
}
# chDB lets nobody choose the id of a query. This setting matters to the format Regexp alone, so it names the session.
MARK = "format_regexp"


class Result(Protocol):
    def bytes(self) -> bytes: ...
    def storage_rows_read(self) -> int: ...
    def storage_bytes_read(self) -> int: ...
    def rows_written(self) -> int: ...
    def bytes_written(self) -> int: ...


class Stream(Protocol):
    def __iter__(self) -> Iterator[Result]: ...
    def cancel(self) -> None: ...


class ChdbSession(Protocol):
    """The part of chdb.session.Session that is used here."""

    def query(self, sql: str, fmt: str = ..., *, params: dict[str, str] | None = ...) -> Result: ...
    def send_query(self, sql: str, fmt: str = ..., params: dict[str, str] | None = ...) -> Stream: ...
    def close(self) -> None: ...


def quoted(text: str) -> str:
    """A string literal of ClickHouse's SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quoted_name(text: str) -> str:
    return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"


def rows(result: Result) -> list[list[str]]:
    """The rows of an answer in JSONCompactEachRow."""
    return [json.loads(line) for line in result.bytes().splitlines()]


class Engine:
    def __init__(self, folder: Path) -> None:
        if "?" in str(folder):
            raise ValueError(f"The data folder {folder} has a question mark in its name: choose another name.")
        self.scratch = folder / "tmp"
        # The engine's zone is that of the process. UTC, as in a container: data folders move between hosts.
        os.environ["TZ"] = "UTC"
        # chDB loads pyarrow if it finds it. No answer here passes through it, and it costs 40 MB and half a second.
        sys.modules.setdefault("pyarrow", cast(ModuleType, None))
        self._new_session = import_module("chdb.session").Session
        arguments = "&".join(f"{name}={value}" for name, value in ARGUMENTS.items())
        self._address = f"{folder.absolute()}?{arguments}"
        self._lock = Lock()
        with translated():
            self._own = self.open()
            self.timezone, self.version = self._describe()

    def open(self) -> ChdbSession:
        return cast(ChdbSession, self._new_session(self._address))

    def _describe(self) -> tuple[str, tuple[int, int, int]]:
        [[timezone, version]] = rows(self._own.query("SELECT timezone(), version()", "JSONCompactEachRow"))
        major, minor, patch = (int(part) for part in version.split(".")[:3])
        return timezone, (major, minor, patch)

    def create_database(self, name: str) -> None:
        with translated():
            self._own.query(f"CREATE DATABASE IF NOT EXISTS {quoted_name(name)}")

    def kill(self, mark: str) -> None:
        """Ask whatever runs in the session with this mark to stop; it answers with QUERY_WAS_CANCELLED."""
        with self._lock, translated():
            self._own.query(f"KILL QUERY WHERE Settings[{quoted(MARK)}] = {quoted(mark)} ASYNC")

    def close(self) -> None:
        with self._lock:
            self._own.close()
