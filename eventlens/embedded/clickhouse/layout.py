"""Where a column of the Native format ends: one small class for each way in which ClickHouse lays a column out."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from .errors import UNKNOWN_TYPE, EngineError


class Reader(Protocol):
    """What is needed of clickhouse_driver's buffered readers."""

    def read(self, unread: int, /) -> bytes: ...
    def read_strings(self, n_items: int, /) -> object: ...


class Layout(Protocol):
    def skip_prefix(self, reader: Reader) -> None:
        """Pass over what stands once before the data of the column."""

    def skip(self, reader: Reader, rows: int) -> None:
        """Pass over `rows` values."""


def _uint64(data: bytes) -> int:
    return int.from_bytes(data, "little")


@dataclass(frozen=True)
class Fixed:
    """Numbers, dates, enums, UUIDs: the same number of bytes for every value."""

    width: int

    def skip_prefix(self, reader: Reader) -> None:
        pass

    def skip(self, reader: Reader, rows: int) -> None:
        reader.read(rows * self.width)


class Strings:
    """Each value with its length before it."""

    def skip_prefix(self, reader: Reader) -> None:
        pass

    def skip(self, reader: Reader, rows: int) -> None:
        reader.read_strings(rows)


@dataclass(frozen=True)
class Nullable:
    """One byte a row that says whether it is NULL, then the values."""

    inner: Layout

    def skip_prefix(self, reader: Reader) -> None:
        self.inner.skip_prefix(reader)

    def skip(self, reader: Reader, rows: int) -> None:
        reader.read(rows)
        self.inner.skip(reader, rows)


@dataclass(frozen=True)
class Array:
    """Where each row's elements end, as 64-bit numbers, then the elements of all rows."""

    inner: Layout

    def skip_prefix(self, reader: Reader) -> None:
        self.inner.skip_prefix(reader)

    def skip(self, reader: Reader, rows: int) -> None:
        ends = reader.read(rows * 8)
        self.inner.skip(reader, _uint64(ends[-8:]))


@dataclass(frozen=True)
class Tuple:
    """One column after the other."""

    inners: tuple[Layout, ...]

    def skip_prefix(self, reader: Reader) -> None:
        for inner in self.inners:
            inner.skip_prefix(reader)

    def skip(self, reader: Reader, rows: int) -> None:
        for inner in self.inners:
            inner.skip(reader, rows)


@dataclass(frozen=True)
class LowCardinality:
    """A dictionary of the values that occur, then each row's place in it; nothing at all for no rows."""

    inner: Layout

    def skip_prefix(self, reader: Reader) -> None:
        reader.read(8)

    def skip(self, reader: Reader, rows: int) -> None:
        if not rows:
            return
        index_width = 1 << (_uint64(reader.read(8)) & 0xF)
        self.inner.skip(reader, _uint64(reader.read(8)))
        reader.read(8)
        reader.read(rows * index_width)


WIDTHS = {
    1: "UInt8 Int8 Bool Enum8 Nothing",
    2: "UInt16 Int16 Enum16 Date BFloat16",
    4: "UInt32 Int32 Float32 Date32 DateTime IPv4 Decimal32 Time",
    8: "UInt64 Int64 Float64 DateTime64 Decimal64 Time64 IntervalNanosecond IntervalMicrosecond IntervalMillisecond "
    "IntervalSecond IntervalMinute IntervalHour IntervalDay IntervalWeek IntervalMonth IntervalQuarter IntervalYear",
    16: "UInt128 Int128 UUID IPv6 Decimal128",
    32: "UInt256 Int256 Decimal256",
}
FIXED = {name: Fixed(width) for width, names in WIDTHS.items() for name in names.split()}
ALIASES = {
    "Point": "Tuple(Float64, Float64)",
    "Ring": "Array(Point)",
    "LineString": "Array(Point)",
    "Polygon": "Array(Ring)",
    "MultiLineString": "Array(LineString)",
    "MultiPolygon": "Array(Polygon)",
}


def _fixed_string(arguments: list[str]) -> Layout:
    return Fixed(int(arguments[0]))


def _decimal(arguments: list[str]) -> Layout:
    precision = int(arguments[0])
    return Fixed(next(width for width, digits in ((4, 9), (8, 18), (16, 38), (32, 76)) if precision <= digits))


def _tuple(arguments: list[str]) -> Layout:
    return Tuple(tuple(_layout(_without_name(argument)) for argument in arguments))


def _low_cardinality(inner: str) -> Layout:
    """The dictionary of LowCardinality(Nullable(T)) holds plain T: its first entry stands for NULL."""
    if inner.startswith("Nullable("):
        inner = inner.removeprefix("Nullable(").removesuffix(")")
    return LowCardinality(_layout(inner))


COMPOSED: dict[str, Callable[[list[str]], Layout]] = {
    "FixedString": _fixed_string,
    "Decimal": _decimal,
    "Nullable": lambda arguments: Nullable(_layout(arguments[0])),
    "Array": lambda arguments: Array(_layout(arguments[0])),
    "Map": lambda arguments: Array(_tuple(arguments)),
    "Tuple": _tuple,
    "Nested": lambda arguments: Array(_tuple(arguments)),
    "LowCardinality": lambda arguments: _low_cardinality(arguments[0]),
    "SimpleAggregateFunction": lambda arguments: _layout(arguments[1]),
}

TOKEN = re.compile(r"""'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[(),]|[^'`(),]+""")
ELEMENT_NAME = re.compile(r"^(?:\w+|`(?:[^`\\]|\\.)*`) +(?=\w)")


def _split(arguments: str) -> list[str]:
    """Split at the commas that stand in no bracket and no quotes."""
    parts, depth = [""], 0
    for piece in TOKEN.findall(arguments):
        depth += (piece == "(") - (piece == ")")
        if piece == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _without_name(element: str) -> str:
    return ELEMENT_NAME.sub("", element)


def _layout(type_name: str) -> Layout:
    """The layout of a ClickHouse type, such as `Map(LowCardinality(String), Array(Nullable(Decimal(18, 4))))`."""
    name, _, rest = type_name.partition("(")
    if name == "String":
        return Strings()
    if name in FIXED:
        return FIXED[name]
    if name in ALIASES:
        return _layout(ALIASES[name])
    if name in COMPOSED:
        return COMPOSED[name](_split(rest.removesuffix(")")))
    raise EngineError(
        UNKNOWN_TYPE,
        f"DB::Exception: The embedded ClickHouse cannot pass the type {type_name} to a client: convert the column "
        "in the query, for instance with toString() or finalizeAggregation(). (UNKNOWN_TYPE)",
    )


layout_of = lru_cache(maxsize=4096)(_layout)


IN_DICTIONARY = re.compile(r"LowCardinality\(((?:[^()]|\([^()]*\))*)\)")


def without_dictionaries(type_name: str) -> str:
    """The type with plain values where it has LowCardinality."""
    return IN_DICTIONARY.sub(r"\1", type_name)
