"""Blocks on their way between chDB and the wire.

Both sides write the Native format, but at our protocol revision the wire has a block info before each block, and
after each column's type a byte that says whether the column is stored in a special way. chDB's Native has neither.
So the bytes pass as they are, but for that byte, which is put in or taken out at each column's beginning.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clickhouse_driver.bufferedreader import BufferedSocketReader
from clickhouse_driver.varint import read_varint

from .errors import EngineError, ProtocolError
from .layout import Layout, layout_of
from .recorder import Recorder
from .wire import read_string, string, varint

PLAIN = b"\x00"
BLOCK_INFO = varint(1) + b"\x00" + varint(2) + struct.pack("<i", -1) + varint(0)


class Memory:
    """Lets the driver's reader, made for sockets, read bytes that are already here."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def recv_into(self, buffer: bytearray) -> int:
        size = len(self.data)
        buffer[:size] = self.data
        self.data = b""
        return size


def header(columns: Sequence[tuple[str, str]]) -> bytes:
    """A block without rows: it names columns and types."""
    named = b"".join(string(name) + string(type_name) + PLAIN for name, type_name in columns)
    return BLOCK_INFO + varint(len(columns)) + varint(0) + named


EMPTY = header([])


@dataclass(frozen=True)
class Block:
    columns: list[tuple[str, str]]
    data: bytes


def to_wire(native: bytes) -> Iterator[Block]:
    """The blocks in a piece of chDB's output, each as the wire wants it."""
    reader = BufferedSocketReader(Memory(native), len(native) + 1)
    view = memoryview(native)  # slices of it are no copies, and a piece may be many megabytes long
    while reader.position < len(native):
        parts: list[bytes | memoryview] = [BLOCK_INFO]
        start = reader.position
        width, rows = read_varint(reader), read_varint(reader)
        columns = []
        for _ in range(width):
            columns.append((read_string(reader), read_string(reader)))
            layout = layout_of(columns[-1][1])
            parts += [view[start : reader.position], PLAIN]
            start = reader.position
            if rows:
                layout.skip_prefix(reader)
                layout.skip(reader, rows)
        parts.append(view[start : reader.position])
        yield Block(columns, b"".join(parts))


def from_wire(reader: Recorder) -> bytes:
    """One block from the client, as chDB wants it; no bytes for the block without columns that ends a series."""
    _pass_block_info(reader)
    reader.record()
    columns, rows = read_varint(reader), read_varint(reader)
    for _ in range(columns):
        read_string(reader)
        layout = _layout_sent(read_string(reader))
        if reader.take_out(1) != PLAIN:
            raise ProtocolError(
                "The client sent a sparse column: use clickhouse-driver 0.2.11, which sends plain ones."
            )
        if rows:
            layout.skip_prefix(reader)
            layout.skip(reader, rows)
    native = reader.recorded()
    return native if columns else b""


def _layout_sent(type_name: str) -> Layout:
    """Of a column in a client's block: behind one that we cannot read, we would not find the next packet."""
    try:
        return layout_of(type_name)
    except EngineError as error:
        raise ProtocolError(f"The client sent a column of type {type_name}, which nobody asked for.") from error


def _pass_block_info(reader: Recorder) -> None:
    widths = {1: 1, 2: 4}
    while field := read_varint(reader):
        if field not in widths:
            raise ProtocolError(
                f"The client sent an unknown field {field} before a block: use clickhouse-driver 0.2.11."
            )
        reader.read(widths[field])
