"""Rows into ClickHouse: one block a table, with a token that makes repeats harmless, and the bad rows found."""

import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from eventlens import metrics
from eventlens.clickhouse import client
from eventlens.clickhouse.errors import QueryRejected
from ingestion.log.decisions import Decisions
from ingestion.storing import rows
from ingestion.storing.rows import Columns

# ClickHouse's codes for values that do not fit their column. Everything else it may refuse (a missing table, a wrong
# password) is no row's fault, and must not send good rows to the quarantine.
BAD_VALUES = {
    6: "CANNOT_PARSE_TEXT",
    26: "CANNOT_PARSE_QUOTED_STRING",
    27: "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
    38: "CANNOT_PARSE_DATE",
    41: "CANNOT_PARSE_DATETIME",
    53: "TYPE_MISMATCH",
    69: "ARGUMENT_OUT_OF_BOUND",
    70: "CANNOT_CONVERT_TYPE",
    72: "CANNOT_PARSE_NUMBER",
    117: "INCORRECT_DATA",
    131: "TOO_LARGE_STRING_SIZE",
    321: "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
    407: "DECIMAL_OVERFLOW",
    469: "VIOLATED_CONSTRAINT",
}
# What the driver raises for a value that it cannot write.
UNWRITABLE = (ValueError, TypeError, AttributeError, ArithmeticError, struct.error)


@dataclass(frozen=True)
class BadRow:
    """The position of a row that the store refuses, and why."""

    position: int
    reason: str


def insert_rows(table: str, block: Sequence[msgspec.Struct], token: str, decisions: Decisions) -> Iterator[BadRow]:
    """Store rows of one kind; the bad ones come back, the others are stored."""
    if block:
        yield from insert_columns(table, rows.columns(block), token, decisions)


def insert_columns(table: str, block: Columns, token: str, decisions: Decisions) -> Iterator[BadRow]:
    """Store the rows of the columns of a chunk; the bad ones come back, the others are stored.

    A refused block is halved, and its halves are stored under tokens of their own: the rows are the same and in the
    same order at every try, and so are the halves. Raises ClickHouseError where the rows are not to blame.
    """
    if length(block):
        yield from Halving(table, token, decisions).insert(block, table, 0)


@dataclass(frozen=True)
class Halving:
    """One table's rows of a chunk; a block is named by the table and the way to it, `events:l:r`."""

    table: str
    token: str
    decisions: Decisions

    def insert(self, block: Columns, name: str, offset: int) -> Iterator[BadRow]:
        reason = self.decisions.reason(name)
        if not reason and (said := self.refusal(block, name)):
            reason = self.decisions.refuse(name, said)  # before anything of it is stored
        if not reason:
            return
        if (rows := length(block)) == 1:
            yield BadRow(offset, reason)
            return
        middle = rows // 2
        yield from self.insert(part(block, slice(middle)), f"{name}:l", offset)
        yield from self.insert(part(block, slice(middle, None)), f"{name}:r", offset + middle)

    def refusal(self, block: Columns, name: str) -> str:
        """Why ClickHouse does not take the block, '' if it is stored."""
        try:
            measured_insert(self.table, block, f"{self.token}:{name}")
        except QueryRejected as refused:
            if refused.code not in BAD_VALUES:
                raise
            return str(refused) or "It says no more."
        except UNWRITABLE as unwritable:
            return f"{type(unwritable).__name__}: {unwritable}"
        return ""


def measured_insert(table: str, block: Columns, token: str) -> None:
    started = time.perf_counter()
    inserted = client.insert(table, block, token=token)
    metrics.observe("insert_seconds", time.perf_counter() - started)
    metrics.observe("insert_rows", inserted)
    metrics.count("rows_inserted", inserted, table)


def length(block: Columns) -> int:
    return len(next(iter(block.values())))


def part(block: Columns, some: slice) -> Columns:
    return {name: values[some] for name, values in block.items()}
