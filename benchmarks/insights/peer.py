"""The same events in other products' tables, and what those products would ask of them.

The tables have what the questions need and the ids; both products keep more. All answers but ours are estimates of
how many persons there are. Neither product joins devices to persons afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.insights.rows import PROJECT, merge
from benchmarks.schema.engine import Engine


@dataclass(frozen=True)
class Peer:
    """Tables with how they are filled from ours, and the statements of each question."""

    name: str
    tables: Mapping[str, tuple[str, str]]
    questions: Mapping[str, tuple[str, ...]]


SETTINGS = "SETTINGS default_compression_codec = 'LZ4'"
LAST_30 = "toDateTime64('2025-10-31 00:00:00', 3, 'UTC')"
LAST_90 = "toDateTime64('2025-09-01 00:00:00', 3, 'UTC')"
END = "toDateTime64('2025-11-30 00:00:00', 3, 'UTC')"

# The best that can be written by hand for our own tables; each name is a step of its own, so windowFunnel is right.
BY_HAND = Peer(
    "by hand",
    {},
    {
        "funnel of 3 steps": (
            f"""
            SELECT level, count()
            FROM (
                SELECT
                    personKey,
                    windowFunnel(1209600000)(
                        toUInt64(toUnixTimestamp64Milli(createdAt)), name = 'page_view', name = 'signup', name = 'buy'
                    ) AS level
                FROM events
                WHERE projectId = '{PROJECT}' AND createdAt >= {LAST_30} AND createdAt < {END}
                    AND name IN ('page_view', 'signup', 'buy')
                GROUP BY personKey
            )
            WHERE level > 0
            GROUP BY level
            """,
        ),
    },
)


def fill(engine: Engine, peer: Peer) -> None:
    """The peer's tables, merged to one part a month as ours are; only what is not there yet."""
    for table, (create, filled) in peer.tables.items():
        if engine.run(f"EXISTS TABLE {table}") == "1":
            continue
        engine.run(create)
        engine.run(f"INSERT INTO {table} {filled} SETTINGS max_insert_threads = 1")
        merge(engine, table)


def drop(engine: Engine, peer: Peer) -> None:
    for table in peer.tables:
        engine.run(f"DROP TABLE IF EXISTS {table} SYNC")
