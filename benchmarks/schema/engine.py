"""ClickHouse in this process, through chDB: run or time a statement, insert one block as the product does."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chdb.session import Session


@dataclass(frozen=True)
class Timed:
    """One run of a query: seconds on the clock and of processor time, rows read from the table, the answer."""

    seconds: float
    cpu_seconds: float
    rows_read: int
    answer: str


class Engine:
    """One chDB session on its own data directory."""

    def __init__(self, data_dir: Path, threads: int) -> None:
        # chDB's methods carry no types; here is the only place that calls them.
        open_session: Callable[[str], Any] = Session
        self._session = open_session(str(data_dir))
        self.run(f"SET max_threads = {threads}")
        self.run("SET max_memory_usage = 8000000000")
        # It would remember which granules a repeated question can skip; users do not repeat theirs to the letter.
        self.run("SET use_query_condition_cache = 0")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def run(self, sql: str) -> str:
        return str(self._session.query(sql, "TSV")).strip()

    def cpu_seconds(self, sql: str) -> float:
        """Processor time of the statement, all threads; unlike the clock it leaves out busy neighbours."""
        started = time.process_time()
        self._session.query(sql, "TSV")
        return time.process_time() - started

    def ask(self, sql: str) -> Timed:
        started, cpu_started = time.perf_counter(), time.process_time()
        result = self._session.query(sql, "TSV")
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
        return Timed(seconds, cpu_seconds, result.storage_rows_read(), str(result).strip())

    def native(self, sql: str) -> bytes:
        """The answer as one block of the Native format, as clickhouse-driver would send it."""
        return bytes(self._session.query(sql, "Native").bytes())

    def insert_native(self, insert: str, block: bytes) -> float:
        """Processor seconds to insert the block; `insert` is the statement without FORMAT."""
        started = time.process_time()
        with self._session.send_insert(insert, "Native") as inserter:
            inserter.append(block)
            inserter.finish()
        return time.process_time() - started
