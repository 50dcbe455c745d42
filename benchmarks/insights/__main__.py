"""What questions cost: `python -m benchmarks.insights --events 50000000 --keep build/insights`.

Questions of a project with so many events in 90 days, among nine smaller ones, as the product asks them and as others
would ask theirs of the same events. Everything is asked in turns, so that each meets the same neighbours; the first
round warms up. Of each question the median of its rounds counts, and the least memory that it can do with.
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import django

from benchmarks.insights import rows
from benchmarks.insights.openpanel import OPENPANEL
from benchmarks.insights.peer import BY_HAND, Peer, drop, fill
from benchmarks.insights.plausible import PLAUSIBLE
from benchmarks.schema.engine import Engine

if TYPE_CHECKING:
    from benchmarks.insights.asked import Question

PEERS = (OPENPANEL, PLAUSIBLE, BY_HAND)
MIB = 2**20
LEAST_MIB, MOST_MIB = 4, 4096
NEAR = 1.25


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.insights", description=__doc__)
    parser.add_argument("--events", type=int, default=50_000_000, help="events of the project")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2, help="threads of a query")
    parser.add_argument("--keep", type=Path, help="a folder whose tables are kept for the next run")
    parser.add_argument("--keep-peers", action="store_true", help="keep the others' tables there, too")
    names = [peer.name for peer in PEERS]
    parser.add_argument("--without", choices=names, action="append", default=[], help="leave these others out")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    folder = given.keep or Path(tempfile.mkdtemp(prefix="event-lens-insights-"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventlens.settings")
    os.environ.setdefault("EVENTLENS_DATA_DIR", str(folder / "settings"))
    django.setup()
    try:
        with Engine(folder, given.threads) as engine:
            compare(engine, given)
            with Engine(folder, given.threads) as beside:
                together(engine, beside, given.rounds)
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)


def compare(engine: Engine, given: argparse.Namespace) -> None:
    from benchmarks.insights import asked

    rows.fill(engine, given.events)
    rows.prepare_persons(engine)
    if seconds := asked.sum_up(engine):
        print(f"Summing up {rows.DAYS - 1} days took {seconds:.1f} s of the processor.")
    peers = [peer for peer in PEERS if peer.name not in given.without]
    for peer in peers:
        fill(engine, peer)
    print(size(engine))
    print("| question | ms | CPU ms | MiB | aim, ms | OpenPanel | Plausible | by hand |")
    print("|---|---|---|---|---|---|---|---|")
    for question in asked.questions():
        print(line(engine, question, peers, given.rounds), flush=True)
    for peer in () if given.keep_peers else peers:
        drop(engine, peer)


def together(engine: Engine, beside: Engine, rounds: int) -> None:
    """The overview as a dashboard asks for it: its metrics and its series at the same time."""
    from benchmarks.insights import asked

    overview = asked.questions()[0]
    seconds = []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(rounds + 1):
            started = time.perf_counter()
            list(pool.map(Engine.run, (engine, beside), overview.statements))
            seconds.append(time.perf_counter() - started)
    print(f"\n{overview.name}, both at the same time: {median(seconds[1:]) * 1000:,.0f} ms")


def line(engine: Engine, question: "Question", peers: Sequence[Peer], rounds: int) -> str:
    """A peer's figure is its milliseconds, and how many times as long it takes as the product."""
    ways = {"": question.statements, **{peer.name: peer.questions.get(question.peers, ()) for peer in peers}}
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds + 1):
        for name, statements in ways.items():
            runs[name].append(asked_once(engine, statements))
    ours, cpu = (median(run[at] for run in runs[""][1:]) for at in (0, 1))
    others = []
    for peer in PEERS:
        theirs = median(run[0] for run in runs[peer.name][1:]) if ways.get(peer.name) else 0
        others.append(f"{theirs * 1000:,.0f} ({theirs / ours:.1f})" if theirs else "")
    peak = max(least_memory(engine, sql) for sql in question.statements)
    aim = str(question.most_ms or "")
    return f"| {question.name} | {ours * 1000:,.0f} | {cpu * 1000:,.0f} | {peak:.0f} | {aim} | {' | '.join(others)} |"


def asked_once(engine: Engine, statements: Sequence[str]) -> tuple[float, float]:
    """Seconds on the clock and of the processor."""
    runs = [engine.ask(sql) for sql in statements]
    return sum(run.seconds for run in runs), sum(run.cpu_seconds for run in runs)


def least_memory(engine: Engine, sql: str) -> float:
    """The MiB under which the statement is still answered, within a quarter."""
    return least(lambda mib: is_answered(engine, f"{sql}, max_memory_usage = {int(mib * MIB)}"))


def least(is_enough: Callable[[float], bool]) -> float:
    low, high = float(LEAST_MIB), float(MOST_MIB)
    while high / low > NEAR:
        middle = (low * high) ** 0.5
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def is_answered(engine: Engine, sql: str) -> bool:
    try:
        engine.run(sql)
    except RuntimeError as refused:
        if "MEMORY_LIMIT_EXCEEDED" not in str(refused):
            raise
        return False
    return True


def size(engine: Engine) -> str:
    sizes = engine.run(
        "SELECT table, formatReadableSize(sum(bytes_on_disk)), sum(rows) FROM system.parts "
        "WHERE active AND database = currentDatabase() GROUP BY table ORDER BY table"
    )
    return "\n".join(f"- {' | '.join(row.split(chr(9)))} rows" for row in sizes.splitlines()) + "\n"


if __name__ == "__main__":
    main()
