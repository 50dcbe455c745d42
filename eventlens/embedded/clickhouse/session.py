"""One client's session in chDB: its database, its settings, and the statements that it runs."""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO
from uuid import uuid4

from .engine import MARK, Engine, Result, Stream, quoted, quoted_name, rows
from .errors import UNKNOWN_SETTING, EngineError, translated
from .layout import layout_of, without_dictionaries
from .statements import InsertOfBlocks, changes_settings, is_select, is_show, without_tail
from .wire import Query, Setting

# However many blocks a client sends, they are one insert: one token, one part for each partition, all or nothing.
ONE_BLOCK = tuple(
    Setting(name, value, important=False)
    for name, value in (
        ("min_insert_block_size_rows", "1000000000"),
        ("min_insert_block_size_bytes", "0"),
        ("max_insert_block_size", "1000000000"),
    )
)
# A client that finds dictionaries hard to write may send plain values.
IN_DICTIONARIES = "low_cardinality_allow_in_native_format"
NOT_STREAMED = "Streaming query is not supported for query"
TABULAR = "JSONCompactEachRow"


class Session:
    def __init__(self, engine: Engine, database: str) -> None:
        self._engine = engine
        self.mark = uuid4().hex
        self._chdb = engine.open()
        self._kept: dict[str, str] = {MARK: self.mark}
        self._prepare(database)
        self._kept = self._changed()

    def _prepare(self, database: str) -> None:
        """Give a new chDB session the client's database and what it has SET so far."""
        self._set(self._kept)
        if database:
            self._plain(f"USE {quoted_name(database)}")

    def close(self) -> None:
        self._chdb.close()

    @contextmanager
    def under(self, settings: Sequence[Setting], text: str) -> Iterator[None]:
        """Run what is inside with the query's settings, and leave the session as it was."""
        if changes_settings(text):
            yield
            self._kept = self._changed()
        elif any(setting.name == "readonly" for setting in settings):
            with self._throwaway():
                self._apply(settings)
                yield
        else:
            try:
                self._apply(settings)
                yield
            finally:
                self._restore(setting.name for setting in settings)

    @contextmanager
    def _throwaway(self) -> Iterator[None]:
        """`readonly` forbids to take it back: such a query gets a chDB session of its own."""
        [[database]] = self._rows("SELECT currentDatabase()")
        lasting, self._chdb = self._chdb, self._engine.open()
        try:
            self._prepare(database)
            yield
        finally:
            self._chdb.close()
            self._chdb = lasting

    def _apply(self, settings: Iterable[Setting]) -> None:
        # readonly comes last, for after it nothing can be set.
        ordered = sorted(settings, key=lambda setting: setting.name == "readonly")
        try:
            self._set({setting.name: setting.value for setting in ordered})
        except EngineError as error:
            if error.code != UNKNOWN_SETTING:
                raise
            self._apply_known(ordered)

    def _apply_known(self, settings: Iterable[Setting]) -> None:
        """As in ClickHouse, a setting that does not exist is an error only if the client marked it as important."""
        for setting in settings:
            try:
                self._set({setting.name: setting.value})
            except EngineError as error:
                if error.code != UNKNOWN_SETTING or setting.important:
                    raise

    def _restore(self, names: Iterable[str]) -> None:
        resets = [f"{quoted_name(name)} = {self._before(name)}" for name in dict.fromkeys(names)]
        try:
            if resets:
                self._plain("SET " + ", ".join(resets))
        except EngineError:
            for reset in resets:
                with suppress(EngineError):  # an unknown setting, which was never set
                    self._plain(f"SET {reset}")

    def _before(self, name: str) -> str:
        return quoted(self._kept[name]) if name in self._kept else "DEFAULT"

    def _set(self, values: dict[str, str]) -> None:
        if values:
            self._plain(
                "SET " + ", ".join(f"{quoted_name(name)} = {quoted(value)}" for name, value in values.items())
            )

    def _changed(self) -> dict[str, str]:
        return {row[0]: row[1] for row in self._rows("SELECT name, value FROM system.settings WHERE changed")}

    def _rows(self, sql: str, fmt: str = TABULAR, params: dict[str, str] | None = None) -> list[list[str]]:
        return rows(self._plain(sql, fmt, params))

    def _plain(self, sql: str, fmt: str = TABULAR, params: dict[str, str] | None = None) -> Result:
        with translated():
            return self._chdb.query(sql, fmt, params=params)

    def answer(self, query: Query) -> Generator[Result]:
        """The pieces of Native that answer a statement, as they come; empty pieces name no columns."""
        text = without_tail(query.text)
        try:
            with translated():
                stream = self._chdb.send_query(text, "Native", query.params)
        except EngineError as error:
            if NOT_STREAMED not in error.message:
                raise
            yield self._plain(text, "Native", query.params)
            return
        with translated():
            yield from self._pieces(stream)

    def _pieces(self, stream: Stream) -> Generator[Result]:
        try:
            yield from stream
        except GeneratorExit:
            # Nobody wants the rest. Without the kill, cancel() waits until the query has run to its end.
            self._engine.kill(self.mark)
            stream.cancel()
            raise

    def columns(self, query: Query) -> list[tuple[str, str]]:
        """Names and types of what a statement yields, for an answer without rows."""
        text = without_tail(query.text)
        if is_show(text):
            names, types = self._rows(text, "JSONCompactEachRowWithNamesAndTypes", query.params)[:2]
            return list(zip(names, types, strict=True))
        with suppress(EngineError):  # what begins like a SELECT may be an INSERT, which has no columns
            return self._columns_of_select(text, query.params) if is_select(text) else []
        return []

    def _columns_of_select(self, select: str, params: dict[str, str] | None = None) -> list[tuple[str, str]]:
        return [(row[0], row[1]) for row in self._rows(f"DESCRIBE ({select}\n)", params=params)]

    @contextmanager
    def insert(self, insert: InsertOfBlocks, settings: Sequence[Setting]) -> Iterator["Insert"]:
        """Ready to take blocks; what is wrong with the table or a column is raised here."""
        try:
            columns = self._columns_of_select(insert.columns_taken)
            asked = self._kept | {setting.name: setting.value for setting in settings}
            if asked.get(IN_DICTIONARIES) == "0":
                columns = [(name, without_dictionaries(type_name)) for name, type_name in columns]
        except EngineError:
            # The INSERT itself says it in the words and with the code of an INSERT.
            self._plain(insert.statement_from(os.devnull))
            raise
        for _, type_name in columns:
            layout_of(type_name)  # a type that we could not read from the client is refused before it sends any
        with TemporaryFile(dir=self._engine.scratch) as file:
            yield Insert(insert, columns, file, self._plain)


@dataclass(frozen=True)
class Insert:
    """Blocks on their way into a table: they wait in a nameless file, and go in as one when all are here.

    chDB's own send_insert() is no help: it reports success when a constraint, a view or the number of partitions made
    the insert fail. FROM INFILE does not.
    """

    insert: InsertOfBlocks
    columns: list[tuple[str, str]]
    file: IO[bytes]
    run: Callable[[str], Result]

    def append(self, native: bytes) -> None:
        with translated():
            self.file.write(native)

    def finish(self) -> Result:
        with translated():
            self.file.flush()
            return self.run(self.insert.statement_from(f"/dev/fd/{self.file.fileno()}"))
