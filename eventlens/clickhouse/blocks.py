"""Columns as the bytes of a block, whole columns at once; what is not known here the driver writes, item by item."""

import struct
import sys
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from functools import cache
from itertools import accumulate, chain
from typing import Any

import clickhouse_driver as driver
from clickhouse_driver.block import BlockInfo, ColumnOrientedBlock
from clickhouse_driver.columns.service import write_column
from clickhouse_driver.defines import DBMS_MIN_REVISION_WITH_CUSTOM_SERIALIZATION as REVISION_WITH_KIND
from clickhouse_driver.protocol import ClientPacketTypes
from clickhouse_driver.varint import write_varint
from clickhouse_driver.writer import write_binary_str, write_binary_uint8

Items = Sequence[Any]
Part = bytes | Sequence[str]  # of a column: finished, or texts
Maker = Callable[[Items], list[Part]]

PLAIN_KIND = 0
NUMBERS = {"UInt64": "Q", "Int64": "q", "Float64": "d"}  # as array calls them
PLACES = "BHIQ"  # in a dictionary, by the logarithm of their width
DICTIONARY_VERSION = struct.pack("<q", 1)
OWN_DICTIONARY = 1 << 9 | 1 << 10  # each block brings its own
FEW_DIGITS, MANY_DIGITS = 10, 18  # of decimals that have 64 bits


class Client(driver.Client):  # type: ignore[misc]  # the driver has no types
    """The driver's client; columns that are inserted take the way through here."""

    def send_data(self, sample_block: Any, data: Any, types_check: bool = False, columnar: bool = False) -> int:
        if not columnar:
            sent: int = super().send_data(sample_block, data, types_check, columnar)
            return sent
        block = ColumnOrientedBlock(sample_block.columns_with_types, data)  # refuses columns of unequal length
        if block.num_rows:
            send(self.connection, block)
            self.receive_profile_events()
        self.connection.send_data(ColumnOrientedBlock())  # the end of the data
        self.receive_profile_events()
        return int(block.num_rows)


def send(connection: Any, block: ColumnOrientedBlock) -> None:
    """What the driver's connection sends for the block, byte for byte."""
    write_varint(ClientPacketTypes.DATA, connection.fout)
    write_binary_str("", connection.fout)  # of no temporary table
    out = connection.block_out.fout
    BlockInfo().write(out)
    write_varint(block.num_columns, out)
    write_varint(block.num_rows, out)
    for (name, spec), items in zip(block.columns_with_types, block.get_columns(), strict=True):
        write_binary_str(name, out)
        write_binary_str(spec, out)
        if connection.server_info.used_revision >= REVISION_WITH_KIND:
            write_binary_uint8(PLAIN_KIND, out)
        write(connection.context, name, spec, items, out)
    connection.block_out.finalize()


def write(context: Any, name: str, spec: str, items: Items, out: Any) -> None:
    """What cannot be made here is left to the driver, and so are its errors."""
    try:
        make = maker_of(spec)
        parts = make(items) if make else None
    except (TypeError, ValueError, ArithmeticError, AttributeError):
        parts = None
    if parts is None:
        write_column(context, name, spec, list(items), out)  # a copy, because it changes what it writes
        return
    for part in parts:
        if isinstance(part, bytes):
            out.write(part)
        else:
            write_column(context, name, "String", part, out)


@cache
def maker_of(spec: str) -> Maker | None:
    """How a column of this type is made, None for what is the driver's."""
    name, _, inner = spec.removesuffix(")").partition("(")
    if spec == "String":
        return lambda items: [items]
    if code := NUMBERS.get(spec, "q" if name == "DateTime64" else ""):
        return lambda items: [packed(code, items)]
    if name == "Decimal":
        digits, scale = map(int, inner.split(","))
        return (lambda items: [decimals(items, 10**scale)]) if FEW_DIGITS <= digits <= MANY_DIGITS else None
    if spec == "Map(LowCardinality(String), String)":
        return texts_by_name
    return numbers_by_name if spec == "Map(LowCardinality(String), Float64)" else None


def packed(code: str, items: Iterable[Any]) -> bytes:
    made = array(code, items)
    if sys.byteorder == "big":
        made.byteswap()
    return made.tobytes()


def decimals(items: Items, scale: int) -> bytes:
    """Digits too many are cut off, as the driver does it."""
    if set(map(type, items)) != {Decimal}:
        raise TypeError("The driver reads other numbers as they are printed.")
    with localcontext() as context:
        context.prec = MANY_DIGITS
        return packed("q", [int(item * scale) if item else 0 for item in items])


def dictionary(items: Items) -> list[Part]:
    """The different texts in the order of their first, and the place of each item's among them."""
    if not items:
        return []  # of no items nothing is said, not even how many
    different = dict.fromkeys(items)
    places = dict(zip(different, range(len(different)), strict=True))
    width = (len(places).bit_length() - 1) // 8  # of a place, as the logarithm of its bytes
    head = struct.pack("<qq", OWN_DICTIONARY | width, len(places))
    packed_places = packed(PLACES[width], list(map(places.__getitem__, items)))
    return [head, list(places), struct.pack("<q", len(items)), packed_places]


def texts_by_name(items: Sequence[Mapping[str, str]]) -> list[Part]:
    return [*names(items), values(items)]


def numbers_by_name(items: Sequence[Mapping[str, float]]) -> list[Part]:
    return [*names(items), packed("d", values(items))]


def names(items: Sequence[Mapping[str, Any]]) -> list[Part]:
    """Where each map ends, and the names in all of them."""
    ends = packed("Q", list(accumulate(map(len, items))))
    return [DICTIONARY_VERSION, ends, *dictionary(list(chain.from_iterable(items)))]


def values(items: Items) -> list[Any]:
    of_one: Any = dict.values
    return list(chain.from_iterable(map(of_one, items)))
