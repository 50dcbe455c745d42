"""Reads from a client and can hand out what was read as the bytes that they were."""

from socket import socket
from typing import Self

from clickhouse_driver.bufferedreader import BufferedReader, BufferedSocketReader

BUFFER_BYTES = 1 << 18


class Tap:
    """Remembers what came in while a recording runs; as a stand-in for the socket it sees all of it."""

    def __init__(self, connection: socket) -> None:
        self.connection = connection
        self.kept: bytearray | None = None

    def recv_into(self, buffer: bytearray) -> int:
        size = self.connection.recv_into(buffer)
        self.note(memoryview(buffer)[:size])
        return size

    def note(self, data: bytes | memoryview) -> None:
        if self.kept is not None:
            self.kept += data


class Recorder:
    """One of the driver's buffered readers, which can also hand out the raw bytes that were read."""

    def __init__(self, reader: BufferedReader, tap: Tap) -> None:
        self.reader = reader
        self.tap = tap
        self.read = reader.read
        self.read_one = reader.read_one
        self.read_strings = reader.read_strings
        self._parts: list[bytes] = []

    @classmethod
    def over(cls, connection: socket) -> Self:
        tap = Tap(connection)
        return cls(BufferedSocketReader(tap, BUFFER_BYTES), tap)

    def unread(self) -> bytes:
        """What was received and not read yet."""
        return bytes(self.reader.buffer[self.reader.position : self.reader.current_buffer_size])

    def record(self) -> None:
        self.tap.kept = bytearray(self.unread())
        self._parts = []

    def take_out(self, size: int) -> bytes:
        """Read bytes that the recording shall not hold."""
        self._cut()
        taken: bytes = self.read(size)
        self._cut(keep=False)
        return taken

    def recorded(self) -> bytes:
        self._cut()
        self.tap.kept = None
        return b"".join(self._parts)

    def _cut(self, keep: bool = True) -> None:
        kept = self.tap.kept
        if kept is None:
            raise RuntimeError("Nothing is being recorded: call record() first.")
        used = len(kept) - (self.reader.current_buffer_size - self.reader.position)
        if keep:
            self._parts.append(bytes(memoryview(kept)[:used]))
        del kept[:used]
