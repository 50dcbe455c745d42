"""Parquet, written by pyarrow, which an installation may have or not: it is larger than all else together."""

import io
import os
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from insights.raw.columns import FLAG, MOMENT, MONEY, NUMBER, Column

if TYPE_CHECKING:
    import pyarrow

ROWS = 20_000  # of a group, or as many as MOST_BYTES hold
MOST_BYTES = 2 * 2**20


def is_there() -> bool:
    return find_spec("pyarrow") is not None


class Tail(io.RawIOBase):
    """A file of which only what was not taken yet is kept; pyarrow asks where it is."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self.kept.append(piece)
        self.position += len(piece)
        return len(piece)

    def take(self) -> bytes:
        kept, self.kept = self.kept, []
        return b"".join(kept)


class Parquet:
    """Lines of CSV, which pyarrow reads without a Python object a cell, in row groups of bounded size."""

    def __init__(self, columns: Sequence[Column]) -> None:
        # Other pools keep what was freed. Some of pyarrow takes no pool but the one named here before its import.
        os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
        import pyarrow
        from pyarrow import parquet

        pyarrow.set_cpu_count(1)  # the others belong to questions and events
        self.pool = pyarrow.default_memory_pool()
        self.names = [column.name for column in columns]
        self.types = {column.name: type_of(column) for column in columns}
        self.tail = Tail()
        schema = pyarrow.schema(list(self.types.items()))
        self.writer = parquet.ParquetWriter(self.tail, schema, compression="snappy")
        self.waiting: list[str] = []
        self.size = 0

    def begin(self) -> bytes:
        return self.tail.take()

    def write(self, lines: Sequence[str]) -> bytes:
        for line in lines:
            self.waiting.append(line)
            self.size += len(line)
            if len(self.waiting) >= ROWS or self.size >= MOST_BYTES:
                self.write_group()
        return self.tail.take()

    def end(self) -> bytes:
        if self.waiting:
            self.write_group()
        self.writer.close()
        return self.tail.take()

    def write_group(self) -> None:
        from pyarrow import csv

        data = "\n".join([*self.waiting, ""]).encode()
        self.waiting, self.size = [], 0
        table = csv.read_csv(
            io.BytesIO(data),
            csv.ReadOptions(column_names=self.names, use_threads=False, block_size=len(data) + 1),
            csv.ParseOptions(newlines_in_values=True),
            csv.ConvertOptions(column_types=self.types, strings_can_be_null=False),
        )
        self.writer.write_table(table)
        del data, table
        self.pool.release_unused()


def type_of(column: Column) -> "pyarrow.DataType":
    import pyarrow

    if column.kind is MOMENT:
        return pyarrow.timestamp("ms", tz="UTC")
    if column.kind is MONEY:
        return pyarrow.decimal128(18, 4)
    if column.kind is NUMBER:
        return pyarrow.float64()
    return pyarrow.bool_() if column.kind is FLAG else pyarrow.string()
