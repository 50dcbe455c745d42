"""What huge persons cost the rollup: `python -m benchmarks.rollup.people --devices 100000`.

Two profiles of half of the devices each become one by an alias; then profiles that alias one another in a chain and a
circle, of which every link is new at once, and one more link of each.
"""

import argparse
from collections.abc import Sequence

from benchmarks.rollup.place import Place, Spent
from benchmarks.rollup.traffic import PROJECT

DEVICES = """
    INSERT INTO identity_links (projectId, kind, fromId, toId, linkedAt)
    SELECT 'bench', 'device', concat('d', toString(number)), ['ann', 'bob'][1 + number % 2], now64(3)
    FROM numbers({count:UInt64})
"""

ALIASES = """
    INSERT INTO identity_links (projectId, kind, fromId, toId, linkedAt)
    SELECT 'bench', 'alias', {froms:Array(String)}[number + 1], {tos:Array(String)}[number + 1], now64(3)
    FROM numbers({count:UInt64})
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rollup.people", description=__doc__)
    parser.add_argument("--devices", type=int, default=100_000)
    parser.add_argument("--chain", type=int, default=10_000)
    given = parser.parse_args()
    place = Place()
    try:
        measure(place, given.devices, given.chain)
    finally:
        place.close()


def measure(place: Place, devices: int, chain: int) -> None:
    from eventlens.clickhouse import client
    from eventlens.clickhouse.sql import Sql
    from ingestion.storing.facts import person_key

    print("| what | s | worker, s | ClickHouse, s | ClickHouse's peak, MiB |")
    print("|---|---|---|---|---|")
    client.command(Sql(DEVICES, {"count": devices}))
    marked = [f"d{person_key('d', f'd{number}')}" for number in range(devices)]
    show(f"{devices:,} devices of two profiles", worked_off(place, marked))
    show(f"the two become one with {devices:,} devices", linked(place, ["bob"], ["ann"]))
    names = [f"n{number}" for number in range(chain + 1)]
    show(f"a chain of {chain:,} profiles", linked(place, names[:-1], names[1:]))
    show("the chain becomes a circle", linked(place, names[-1:], names[:1]))
    show("the circle joins the person", linked(place, names[:1], ["ann"]))


def linked(place: Place, froms: Sequence[str], tos: Sequence[str]) -> Spent:
    """One alias each, marked as the drain does it."""
    from eventlens.clickhouse import client
    from eventlens.clickhouse.sql import Sql
    from ingestion.storing.facts import person_key

    client.command(Sql(ALIASES, {"froms": froms, "tos": tos, "count": len(froms)}))
    return worked_off(place, [f"p{person_key('p', name)}" for name in {*froms, *tos}])


def worked_off(place: Place, names: Sequence[str]) -> Spent:
    from ingestion.log import marks, stream
    from ingestion.rollups import people as people_rollup

    marks.mark(stream.store(), marks.PERSONS, PROJECT, names)
    watch = place.begin()
    while people_rollup.roll_up(stream.store()).count:
        pass
    return watch.end()


def show(name: str, spent: Spent) -> None:
    print(
        f"| {name} | {spent.seconds:.2f} | {spent.worker:.2f} | {spent.clickhouse:.2f} | {spent.peak:.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
