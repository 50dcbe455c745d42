"""The forms of an export: how columns become a line, and how lines become a file."""

import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from eventlens.clickhouse.sql import Sql
from insights.raw.columns import Column, csv_line, guarded_csv_line, json_line, names_of
from insights.raw.parquet import Parquet


class Writer(Protocol):
    """Makes the bytes of a file out of pages; what `begin`, `write` and `end` give is the file."""

    def begin(self) -> bytes: ...

    def write(self, lines: Sequence[str]) -> bytes: ...

    def end(self) -> bytes: ...


@dataclass(frozen=True)
class Lines:
    """Lines as they are, below a heading."""

    heading: str = ""

    def begin(self) -> bytes:
        return f"{self.heading}\n".encode() if self.heading else b""

    def write(self, lines: Sequence[str]) -> bytes:
        return "\n".join([*lines, ""]).encode()

    def end(self) -> bytes:
        return b""


@dataclass(frozen=True)
class Zipped:
    """Each piece is a gzip member of its own: of a file that was cut off all whole pieces can be read."""

    writer: Writer

    def begin(self) -> bytes:
        return self.zipped(self.writer.begin())

    def write(self, lines: Sequence[str]) -> bytes:
        return self.zipped(self.writer.write(lines))

    def end(self) -> bytes:
        return self.zipped(self.writer.end())

    @staticmethod
    def zipped(piece: bytes) -> bytes:
        return gzip.compress(piece, 1) if piece else b""


@dataclass(frozen=True)
class Format:
    media: str
    line: Callable[[Sequence[Column]], Sql]
    writer: Callable[[Sequence[Column]], Writer]


def heading(columns: Sequence[Column]) -> Lines:
    return Lines(",".join(names_of(columns)))


FORMATS: Mapping[str, Format] = {
    "ndjson": Format("application/x-ndjson", json_line, lambda columns: Lines()),
    "csv": Format("text/csv; charset=utf-8", guarded_csv_line, heading),
    "parquet": Format("application/vnd.apache.parquet", csv_line, Parquet),
}
