"""`python -m benchmarks.drain`: storing by one worker core, against the plain way, and how soon events are seen."""

import argparse

from benchmarks.drain import storing, visible
from benchmarks.drain.stage import Stage, Used, work


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drain", description=__doc__)
    parser.add_argument("--events", type=int, default=200_000, help="in each filled log; 0 leaves this part out")
    parser.add_argument("--plain", type=int, default=2_000, help="events stored the plain way")
    parser.add_argument("--seconds", type=float, default=20, help="of the steady pace")
    parser.add_argument("--rate", type=int, default=2_000, help="events a second of the steady pace")
    parser.add_argument("--soak", type=int, default=0, help="events through one worker, to watch its memory")
    parser.add_argument("--shards", type=int, default=1, help="of the log, each with a process on the worker's core")
    given = parser.parse_args()
    stage = Stage(
        EVENTLENS_STREAM_SHARDS=str(given.shards),
        EVENTLENS_INGEST_REQUESTS_PER_MINUTE="0",
        EVENTLENS_QUESTIONS_PER_MINUTE="0",
    )
    try:
        storing.make_projects()
        if given.events:
            compare(stage, given.events, given.plain)
        if given.soak:
            watch_memory(stage, given.soak)
        if given.seconds:
            tell_delays(stage, given.rate, given.seconds)
    finally:
        stage.close()


def compare(stage: Stage, events: int, plain_events: int) -> None:
    print("| way | events/s of the worker's core | events/s on the clock | core seconds a million | MiB | ratio |")
    print("|---|---|---|---|---|---|", flush=True)
    slow = plain(stage, plain_events)
    told("a task and an insert an event", plain_events, slow, slow, plain_events)
    for size in (1, 100):
        told(f"the log, requests of {size}", events, storing.speed(stage, events, size), slow, plain_events)


def told(way: str, events: int, used: Used, slow: Used, slow_events: int) -> None:
    rate, slow_rate = events / used.processor, slow_events / slow.processor
    print(
        f"| {way} | {rate:,.0f} | {events / used.seconds:,.0f} | {1e6 / rate:,.1f} | {used.memory:.0f} "
        f"| {rate / slow_rate:.1f} |",
        flush=True,
    )


def plain(stage: Stage, events: int) -> Used:
    """One task and one insert an event."""
    import msgspec

    from benchmarks.drain import plain, traffic
    from ingestion.log import stream

    accepted = [one for _, some in traffic.requests(10**9, events, 1) for one in some]
    worker = stage.worker("benchmarks.drain.plain", queue="plain")
    try:
        plain.store.delay(msgspec.structs.asdict(accepted[0]))
        work(worker, lambda: storing.stored() == 1)
        for one in accepted[1:]:
            plain.store.delay(msgspec.structs.asdict(one))
        used = work(worker, lambda: not stream.store().llen("plain") and storing.stored() == events)
    finally:
        worker.remove()
    return used


def watch_memory(stage: Stage, events: int) -> None:
    print("\n| events so far | events/s of the worker's core | worker, MiB |\n|---|---|---|", flush=True)
    piece = max(events // 20, 1_000)
    for done, used in storing.soak(stage, events, piece, 100):
        print(f"| {done:,} | {piece / used.processor:,.0f} | {used.memory:.0f} |", flush=True)


def tell_delays(stage: Stage, rate: int, seconds: float) -> None:
    delays = visible.measure(stage, rate, 20, seconds).delays()
    median, late = visible.quantile(delays, 0.5), visible.quantile(delays, 0.99)
    print(f"\nFrom the 200 to a question's answer at {rate:,} events/s: p50 {median:.2f} s, p99 {late:.2f} s")


if __name__ == "__main__":
    main()
