"""What each codec does to each column: bytes, and the time to read the column, in the chosen order."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from tqdm import tqdm

from benchmarks.schema.candidates import CHOSEN
from benchmarks.schema.engine import Engine
from benchmarks.schema.measure import merge

EVENTS = 4_000_000
WIDE_INTEGERS = ("createdAt", "receivedAt", "personKey", "sessionKey")
CODECS: Mapping[str, Mapping[str, str]] = {
    "LZ4": {"*": "LZ4"},
    "ZSTD(1)": {"*": "ZSTD(1)"},
    "ZSTD(3)": {"*": "ZSTD(3)"},
    "T64, LZ4": dict.fromkeys(WIDE_INTEGERS, "T64, LZ4"),
    "T64, ZSTD(1)": dict.fromkeys(WIDE_INTEGERS, "T64, ZSTD(1)"),
    "Delta, ZSTD(1)": dict.fromkeys(WIDE_INTEGERS, "Delta(8), ZSTD(1)"),
    "DoubleDelta, ZSTD(1)": dict.fromkeys(WIDE_INTEGERS, "DoubleDelta, ZSTD(1)"),
}


@dataclass
class ColumnFigures:
    """One column under one codec; the median of the processor seconds that reading all of it took."""

    column: str
    codec: str
    stored: int
    cpu_seconds: float = 0


def measure_columns(engine: Engine, rounds: int) -> list[ColumnFigures]:
    figures = []
    for codec in tqdm(CODECS, desc="codecs", unit="table"):
        fill(engine, codec)
        stored = sizes(engine, codec)
        figures += [ColumnFigures(c, codec, size) for c, size in stored.items() if is_set(codec, c)]
    read_in_turns(engine, figures, rounds)
    for codec in CODECS:
        engine.run(f"DROP TABLE `codec-{codec}` SYNC")
    return figures


def read_in_turns(engine: Engine, figures: Sequence[ColumnFigures], rounds: int) -> None:
    runs: dict[tuple[str, str], list[float]] = defaultdict(list)
    for _ in tqdm(range(rounds + 1), desc="read", unit="round"):
        for figure in figures:
            sql = f"SELECT count() FROM `codec-{figure.codec}` WHERE NOT ignore(`{figure.column}`)"
            runs[figure.codec, figure.column].append(engine.ask(sql).cpu_seconds)
    for figure in figures:
        figure.cpu_seconds = median(runs[figure.codec, figure.column][1:])


def is_set(codec: str, column: str) -> bool:
    return "*" in CODECS[codec] or column in CODECS[codec]


def fill(engine: Engine, codec: str) -> None:
    candidate = replace(CHOSEN, name=codec, codecs=CODECS[codec])
    table = f"`codec-{codec}`"
    engine.run(candidate.create(table))
    engine.run(
        f"INSERT INTO {table} ({', '.join(candidate.inserted)}) "
        f"SELECT {', '.join(candidate.inserted.values())} FROM source LIMIT {EVENTS}"
    )
    merge(engine, table)


def sizes(engine: Engine, codec: str) -> dict[str, int]:
    """Compressed bytes of each column."""
    lines = engine.run(
        "SELECT column, sum(column_data_compressed_bytes) AS bytes FROM system.parts_columns "
        f"WHERE active AND database = currentDatabase() AND table = 'codec-{codec}' "
        "GROUP BY column ORDER BY bytes DESC"
    ).splitlines()
    return {column: int(size) for column, size in (line.split("\t") for line in lines)}


def columns_table(figures: Sequence[ColumnFigures]) -> str:
    """Markdown: a row a column, the greatest first; MiB and processor ms to read it."""
    cells = {(f.column, f.codec): f"{f.stored / 2**20:,.2f} ({f.cpu_seconds * 1000:.0f})" for f in figures}
    columns = [f.column for f in figures if f.codec == "LZ4"]
    rows = [["column, MiB (CPU ms)", *CODECS], ["---", *("---:" for _ in CODECS)]]
    rows += [[column, *(cells.get((column, codec), "") for codec in CODECS)] for column in columns]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
