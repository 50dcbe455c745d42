"""Columns as the bytes of a block, for whole columns at once; what is not known here the driver writes itself."""

import sys
from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
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
# Codes of array: the driver packs one number after the other.
NUMBERS = {"UInt8": "B", "UInt64": "Q", "Int64": "q", "Float64": "d"}
MOST_DIGITS = 18  # of a decimal in 64 bits
PLAIN = 0  # how a column is stored


class Client(driver.Client):  # type: ignore[misc]  # the driver has no types
    """The driver's client, which here makes the blocks of columns itself."""

    def send_data(self, sample_block: Any, data: Any, types_check: bool = False, columnar: bool = False) -> int:
        if not columnar:
            rows: int = super().send_data(sample_block, data, types_check, columnar)
            return rows
        block = ColumnOrientedBlock(sample_block.columns_with_types, data)  # refuses columns of unequal length
        send(self.connection, block)
        self.receive_profile_events()
        self.connection.send_data(ColumnOrientedBlock())
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
            write_binary_uint8(PLAIN, out)
        write(connection.context, name, spec, items, out)
    connection.block_out.finalize()


def write(context: Any, name: str, spec: str, items: Items, out: Any) -> None:
    """What is made of the items in no way of ours is the driver's, and so are its errors."""
    make = maker_of(spec)
    try:
        made, more = make(items) if make else (None, items)
    except (TypeError, ValueError, ArithmeticError, AttributeError):
        made, more = None, items
    if made is None:
        write_column(context, name, spec, list(items), out)
        return
    out.write(made)
    if more is not None:
        write_column(context, name, "String", more, out)


# Answers the bytes of a column and, if they end in a column of texts, its items.
Maker = Callable[[Items], tuple[bytes, list[str] | None]]


@cache
def maker_of(spec: str) -> Maker | None:
    """How we make a column of this type, None for what is the driver's."""
    name, _, inner = spec.removesuffix(")").partition("(")
    if code := NUMBERS.get(spec, "q" if name == "DateTime64" else ""):
        return lambda items: (packed(code, items), None)
    parts = [part.strip() for part in inner.split(",")]
    if name == "Decimal" and int(parts[0]) > 9 and int(parts[0]) <= MOST_DIGITS:
        scale = 10 ** int(parts[1])
        return lambda items: (decimals(items, scale), None)
    if name == "Map" and parts == ["String", "String"]:
        return texts_by_name
    if name == "Map" and parts == ["String", "Float64"]:
        return numbers_by_name
    return None


def packed(code: str, items: Collection[Any]) -> bytes:
    made = array(code, items)
    if sys.byteorder == "big":
        made.byteswap()
    return made.tobytes()


def decimals(items: Items, scale: int) -> bytes:
    """Digits too many are cut off, as the driver does it."""
    if set(map(type, items)) != {Decimal}:
        raise TypeError("The driver reads other numbers as they are printed.")
    with localcontext() as context:
        context.prec = MOST_DIGITS
        return packed("q", [int(item * scale) if item else 0 for item in items])


def texts_by_name(items: Sequence[Mapping[str, str]]) -> tuple[bytes, list[str]]:
    return names(items), list(chain.from_iterable(item.values() for item in items))


def numbers_by_name(items: Sequence[Mapping[str, float]]) -> tuple[bytes, None]:
    return names(items) + packed("d", list(chain.from_iterable(item.values() for item in items))), None


def names(items: Sequence[Mapping[str, Any]]) -> bytes:
    """Where each map ends, and all their names. Maps of one kind have the same names, which are written once."""
    kinds = list(map(tuple, items))
    written = {kind: b"".join(map(text, kind)) for kind in set(kinds)}
    return b"".join([packed("Q", list(accumulate(map(len, kinds)))), *map(written.__getitem__, kinds)])


def text(value: str) -> bytes:
    encoded = value.encode()
    return varint(len(encoded)) + encoded


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    made.append(number)
    return bytes(made)
