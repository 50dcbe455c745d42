"""The packets of ClickHouse's native protocol at revision 54459: read those of a client, write those of a server."""

import re
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from clickhouse_driver.varint import read_varint

from .errors import EngineError, ProtocolError

# The lowest revision with typed parameters. Each later one adds fields that only a cluster or a newer client needs.
REVISION = 54459


class FromClient(IntEnum):
    HELLO = 0
    QUERY = 1
    DATA = 2
    CANCEL = 3
    PING = 4


class FromServer(IntEnum):
    HELLO = 0
    DATA = 1
    EXCEPTION = 2
    PROGRESS = 3
    PONG = 4
    END_OF_STREAM = 5
    PROFILE_INFO = 6
    PROFILE_EVENTS = 14


@dataclass(frozen=True)
class Hello:
    revision: int
    database: str


@dataclass(frozen=True)
class Setting:
    name: str
    value: str
    important: bool
    """An unknown setting is an error only when the client called it important."""


@dataclass(frozen=True)
class Query:
    text: str
    settings: tuple[Setting, ...]
    params: dict[str, str]
    compressed: bool


class Bytes(Protocol):
    """Anything that yields the next bytes."""

    def read(self, unread: int, /) -> bytes: ...
    def read_one(self) -> int: ...


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def string(text: str) -> bytes:
    data = text.encode()
    return varint(len(data)) + data


def read_string(reader: Bytes) -> str:
    return reader.read(read_varint(reader)).decode()


def read_hello(reader: Bytes) -> Hello:
    if read_varint(reader) != FromClient.HELLO:
        raise ProtocolError("The first packet was no Hello of ClickHouse's native protocol: is this an HTTP client?")
    read_string(reader), read_varint(reader), read_varint(reader)  # the client's name and version
    revision, database = read_varint(reader), read_string(reader)
    read_string(reader), read_string(reader)  # user and password: whoever reaches a loopback port is trusted
    return Hello(revision, database)


def read_query(reader: Bytes) -> Query:
    read_string(reader)  # the client's id for the query: chDB gives it one of its own
    _pass_client_info(reader)
    settings = _read_settings(reader)
    read_string(reader)  # the secret between servers of a cluster
    read_varint(reader)  # up to which stage to run: clients always want the whole answer
    compressed = bool(read_varint(reader))
    text = read_string(reader)
    params = {param.name: unquoted(param.value) for param in _read_settings(reader)}
    return Query(text, settings, params, compressed)


def _pass_client_info(reader: Bytes) -> None:
    reader.read(1)  # the kind of query
    for _ in range(3):
        read_string(reader)  # user, query id and address where the query began
    reader.read(8)  # when it began
    reader.read(1)  # the interface
    for _ in range(3):
        read_string(reader)  # system user, host and client
    for _ in range(3):
        read_varint(reader)  # the client's version and revision
    read_string(reader)  # quota key
    read_varint(reader)  # distributed depth
    read_varint(reader)  # patch version
    if reader.read(1) != b"\x00":
        reader.read(16 + 8)  # trace and span of OpenTelemetry
        read_string(reader)
        reader.read(1)
    for _ in range(3):
        read_varint(reader)  # parallel replicas


def _read_settings(reader: Bytes) -> tuple[Setting, ...]:
    settings = []
    while name := read_string(reader):
        flags = reader.read(1)[0]
        settings.append(Setting(name, read_string(reader), important=bool(flags & 1)))
    return tuple(settings)


ESCAPED = re.compile(r"\\(.)", re.DOTALL)
ESCAPES = {"b": "\b", "f": "\f", "r": "\r", "n": "\n", "t": "\t", "0": "\0", "a": "\a", "v": "\v"}


def unquoted(literal: str) -> str:
    """A parameter travels as a quoted literal; what is inside is what ClickHouse parses as the parameter's type."""
    inner = literal[1:-1] if literal.startswith("'") and literal.endswith("'") else literal
    return ESCAPED.sub(lambda found: ESCAPES.get(found[1], found[1]), inner)


def write_hello(name: str, version: tuple[int, int, int], timezone: str) -> bytes:
    major, minor, patch = version
    return (
        varint(FromServer.HELLO)
        + string("ClickHouse")
        + varint(major)
        + varint(minor)
        + varint(REVISION)
        + string(timezone)
        + string(name)
        + varint(patch)
    )


def write_data(block: bytes, packet: FromServer = FromServer.DATA) -> bytes:
    return varint(packet) + string("") + block


def write_exception(error: EngineError) -> bytes:
    code = struct.pack("<i", error.code)
    return (
        varint(FromServer.EXCEPTION) + code + string("DB::Exception") + string(error.message) + string("") + b"\x00"
    )


def write_progress(rows: int, size: int, written_rows: int = 0, written_bytes: int = 0) -> bytes:
    numbers = (rows, size, 0, written_rows, written_bytes)
    return varint(FromServer.PROGRESS) + b"".join(map(varint, numbers))


def write_profile_info(blocks: int) -> bytes:
    rows, size, rows_before_limit = 0, 0, 0
    return (
        varint(FromServer.PROFILE_INFO)
        + b"".join(map(varint, (rows, blocks, size)))
        + b"\x00"
        + varint(rows_before_limit)
        + b"\x00"
    )


PONG = varint(FromServer.PONG)
END_OF_STREAM = varint(FromServer.END_OF_STREAM)
