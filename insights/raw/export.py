"""Export: all raw rows of a range as a stream, page by page in the order of storage.

Each page is a short query of its own that begins behind the last row of the one before. So nothing holds on to
ClickHouse while a slow client takes its time, nothing is left running for a client that leaves, and whoever was cut
off goes on by the same way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from eventlens.clickhouse.client import Row
from eventlens.clickhouse.errors import QueryTooExpensive
from insights.asking.parameters import Given
from insights.asking.scope import MILLISECOND, Scope
from insights.raw import parquet as export_parquet
from insights.raw.columns import TEXT, Column, names_of, picked
from insights.raw.formats import FORMATS, Writer, Zipped
from insights.raw.order import Place, place_of, read_place
from insights.raw.tables import TABLES, Asked, page

FIRST_ROWS, MOST_ROWS = 500, 20_000
BYTES = 4 * 2**20  # what a page should have; ClickHouse reads some rows in vain for each page


@dataclass(frozen=True)
class Params:
    scope: Scope
    table: str
    format: str
    columns: tuple[Column, ...]
    after: Place | None
    zipped: bool
    now: datetime = field(repr=False)


def read(given: Given) -> Params:
    scope = given.scope()
    given.known -= {"limit", "offset"}
    table = given.choice("table", TABLES, "events")
    names = names_of(TABLES[table].columns)
    form = given.choice("format", FORMATS, "ndjson")
    if form == "parquet" and not export_parquet.is_there():
        given.problem("format", "This server has no pyarrow to write parquet with; take ndjson or csv.")
    chosen = picked(TABLES[table].columns, given.choices("fields", names, names))
    zipped = given.flag("gzip")
    if zipped and form == "parquet":
        given.problem("gzip", "Parquet is compressed already; leave gzip out.")
    after = read_place(given, "after", TABLES[table].order)
    return Params(scope, table, form, (*chosen, cursor_of(table)), after, zipped, given.now)


def cursor_of(table: str) -> Column:
    return Column("cursor", TEXT, TABLES[table].order.word().text)


def file_name(params: Params) -> str:
    """Of the project's id only what is harmless in a header."""
    project = "".join(one for one in params.scope.project if one.isascii() and (one.isalnum() or one in "-_"))
    zone, scope = params.scope.timezone, params.scope
    first, last = scope.start.astimezone(zone).date(), (scope.end - MILLISECOND).astimezone(zone).date()
    return f"{project or 'project'}-{params.table}-{first}-{last}.{params.format}{'.gz' if params.zipped else ''}"


def pieces(params: Params) -> Iterator[bytes]:
    """The file. Errors before the first piece are those of any question; a later one cuts the file off."""
    writer = writer_of(params)
    opening = writer.begin()
    for rows in pages(params):
        yield opening + writer.write([row["line"] for row in rows])
        opening = b""
    yield opening + writer.end()


def writer_of(params: Params) -> Writer:
    writer = FORMATS[params.format].writer(params.columns)
    return Zipped(writer) if params.zipped else writer


def pages(params: Params) -> Iterator[Sequence[Row]]:
    """Each of about as many bytes, so that memory does not depend on how long rows are."""
    table = TABLES[params.table]
    line = FORMATS[params.format].line(params.columns)
    asked = Asked(table, table.order, line, params.scope, params.now, f"export {params.table}")
    place, rows = params.after, FIRST_ROWS
    while True:
        try:
            found = page(asked, place, rows)
        except QueryTooExpensive:
            if rows == 1:
                raise
            rows = max(1, rows // 10)
            continue
        if found:
            yield found
        if len(found) < rows:
            return
        place = place_of(found[-1]["cursor"], table.order)
        rows = following(rows, sum(len(row["line"]) for row in found))


def following(rows: int, size: int) -> int:
    """How many rows the next page should have; a few large ones must not be taken for the rule at once."""
    return max(1, min(rows * BYTES // max(1, size), 4 * rows, MOST_ROWS))
