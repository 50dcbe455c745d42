"""`python -m benchmarks.ingest`: events taken by one web core, against an empty endpoint and the plain way."""

import argparse

from benchmarks.ingest.load import wrk
from benchmarks.ingest.stage import THREADS, Measured, Stage, pause_for

LOOP = "eventlens.asgi"
CONNECTIONS = 32
HEAD = (
    "| what | requests/s | events/s | µs of the core a request | of the empty endpoint | times the plain way "
    "| p50 ms | p99 ms | MiB |"
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of each load")
    parser.add_argument("--soak", type=int, default=0, help="events to send in batches, to watch the memory")
    given = parser.parse_args()
    wrk()
    stage = Stage()
    try:
        compare(stage, given.seconds)
        if given.soak:
            watch_memory(stage, given.soak)
    finally:
        stage.close()


def compare(stage: Stage, seconds: float) -> None:
    print(HEAD)
    print("|---" * 9 + "|", flush=True)
    with stage.web("benchmarks.ingest.empty") as server:
        empty = stage.measure(server, seconds)
    tell("empty endpoint", empty, empty, None)
    with stage.web("benchmarks.ingest.plain", THREADS) as server:
        plain = stage.measure(server, seconds)
    tell("plain way: serializer and a task an event", plain, empty, plain)
    with stage.web("eventlens.wsgi", THREADS) as server:
        tell("the views, in threads", stage.measure(server, seconds), empty, plain)
    with stage.web(LOOP) as server:
        single = stage.measure(server, seconds)
        tell("the event loop, one event each", single, empty, plain)
        pause = pause_for(single.answered.rate / 2, CONNECTIONS)
        tell("the same at about half of that", stage.measure(server, seconds, pause=pause), empty, plain)
        for devices, whose in ((1, "of one visitor"), (100, "of 100 visitors")):
            batch = stage.measure(server, seconds, size=100, devices=devices, connections=8)
            tell(f"batches of 100 {whose}", batch, empty, plain, size=100)


def tell(what: str, one: Measured, empty: Measured, plain: Measured | None, size: int = 1) -> None:
    answered = one.answered
    of_plain = f"{one.answered.rate * size / plain.answered.rate:.1f}" if plain else ""
    errors = f" ({answered.errors} errors!)" if answered.errors else ""
    print(
        f"| {what}{errors} | {answered.rate:,.0f} | {answered.rate * size:,.0f} | {one.cost:,.0f} "
        f"| {empty.cost / one.cost:.2f} | {of_plain} "
        f"| {answered.median:.1f} | {answered.late:.1f} | {one.memory:.0f} |",
        flush=True,
    )


def watch_memory(stage: Stage, events: int) -> None:
    """The web process stays as large as it was."""
    print("\n| events so far | web, MiB |\n|---|---|", flush=True)
    done = 0
    with stage.web(LOOP) as server:
        while done < events:
            measured = stage.measure(server, 10, size=100, devices=100, connections=8)
            done += measured.answered.requests * 100
            print(f"| {done:,} | {measured.memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
