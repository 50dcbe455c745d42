"""What the session rollup costs: `python -m benchmarks.rollup --stored 20000000 --open 1000000`.

Beside so many stored events, so many devices begin a session, come through the log and the drain, and are rolled up;
then a few of them come again, now and with events of a month ago, and then all of them. Last, new devices come
steadily, and the slowest of them tells the lag. Processor seconds leave out what busy neighbours do to the clock.
"""

import argparse
import logging
import time
from collections.abc import Sequence

from benchmarks.rollup import traffic
from benchmarks.rollup.place import Place, Spent

DAY_MS = 86_400_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rollup", description=__doc__)
    parser.add_argument("--stored", type=int, default=20_000_000)
    parser.add_argument("--open", type=int, default=1_000_000)
    parser.add_argument("--again", type=int, default=1_000)
    parser.add_argument("--projects", type=int, default=300, help="small ones, each with ten devices")
    parser.add_argument("--steady", type=int, default=2_000, help="events a second")
    parser.add_argument("--seconds", type=int, default=60, help="how long they come steadily; 0: not at all")
    given = parser.parse_args()
    logging.disable(logging.INFO)
    place = Place()
    try:
        measure(place, given.stored, given)
    finally:
        place.close()


def measure(place: Place, stored: int, given: argparse.Namespace) -> None:
    from analytics.models import Project

    Project.objects.create(id=traffic.PROJECT, name="Bench")
    now = int(time.time() * 1000)
    traffic.store_past(stored, now)
    print(f"\n{stored:,} events stored before, {given.open:,} open sessions\n")
    print("| what | lanes | s | lanes/s | worker, s | ClickHouse, s | Redis, s | ClickHouse's peak, MiB |")
    print("|---|---|---|---|---|---|---|---|")
    devices = [f"new-{number}" for number in range(given.open)]
    before = redis_bytes()
    traffic.arrive(devices, now)
    touched = redis_bytes() - before
    show("new devices", *worked_off(place))
    again = devices[:: max(1, given.open // given.again)][: given.again]
    for name, at in (("again, now", now + 60_000), ("again, a month late", now - 30 * DAY_MS)):
        traffic.arrive(again, at, order=at)
        show(name, *worked_off(place))
    traffic.arrive(devices, now + 120_000, order=2)
    show("all again, now", *worked_off(place))
    late = [f"late-{number}" for number in range(given.open // 10)]
    for day in range(traffic.DAYS):
        traffic.arrive(late[day :: traffic.DAYS], now - day * DAY_MS - 7_200_000, order=day)
    show("new devices of 90 days", *worked_off(place))
    small = [f"small-{number}" for number in range(given.projects)]
    Project.objects.bulk_create(Project(id=name, name=name) for name in small)
    traffic.arrive(devices[:10], now, projects=small)
    show(f"{len(small)} small projects", *worked_off(place))
    print(
        f"\nRedis: {touched / given.open:.0f} bytes a touched lane, {touched / 2**20:.0f} MiB for all open sessions"
    )
    if given.seconds:
        print(steady(given.steady, given.seconds))


def redis_bytes() -> int:
    from ingestion.log import stream

    return int(stream.store().info("memory")["used_memory"])


def worked_off(place: Place) -> tuple[int, Spent]:
    """All that is touched, by one worker, turn after turn."""
    from ingestion.log import stream
    from ingestion.rollups import sessions

    count, watch = 0, place.begin()
    while done := sessions.roll_up(stream.store()).count:
        count += done
    return count, watch.end()


def show(name: str, lanes: int, spent: Spent) -> None:
    figures = f"{spent.worker:.2f} | {spent.clickhouse:.2f} | {spent.redis:.2f} | {spent.peak:.0f}"
    print(f"| {name} | {lanes:,} | {spent.seconds:.2f} | {lanes / spent.seconds:,.0f} | {figures} |", flush=True)


def steady(rate: int, seconds: int) -> str:
    """One process drains a second's new devices and then rolls up, as one worker does with both tasks."""
    from ingestion.log import stream
    from ingestion.rollups import sessions

    waiting: list[float] = []
    lags: list[float] = []
    first = time.monotonic()
    for second in range(seconds):
        traffic.arrive(names(second, rate), int(time.time() * 1000))
        waiting.append(time.monotonic())
        if second % 5 == 4:
            sessions.roll_up(stream.store())
            lags += [time.monotonic() - since for since in waiting]
            waiting.clear()
        time.sleep(max(0, first + second + 1 - time.monotonic()))
    behind = time.monotonic() - first - seconds
    return f"{rate:,} new devices a second for {seconds} s: lag at most {max(lags):.1f} s, behind by {behind:.1f} s"


def names(second: int, rate: int) -> Sequence[str]:
    return [f"steady-{second}-{number}" for number in range(rate)]


if __name__ == "__main__":
    main()
