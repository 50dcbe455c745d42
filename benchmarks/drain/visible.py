"""How soon an event can be seen: sent at a steady pace to a real web server, looked for in a real question."""

import json
import logging
import threading
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from benchmarks.drain import storing
from benchmarks.drain.stage import Stage

logging.getLogger("httpx").setLevel(logging.WARNING)  # it would print a line a request
PAUSE_SECONDS = 0.02


@dataclass
class Seen:
    """At which times how many events had been answered with 200, and how many a question counted."""

    answered: list[tuple[float, int]] = field(default_factory=list)
    counted: list[tuple[float, int]] = field(default_factory=list)

    def delays(self) -> list[float]:
        """Of each request: from its 200 until as many events were counted as were answered by then, sorted."""
        counts = [count for _, count in self.counted]
        found = []
        for at, total in self.answered:
            place = bisect_left(counts, total)
            if place == len(counts):
                raise AssertionError("Some events were never counted; the figures mean nothing.")
            found.append(max(0.0, self.counted[place][0] - at))
        return sorted(found)


def measure(stage: Stage, rate: int, size: int, seconds: float) -> Seen:
    """`rate` events a second in requests of `size` events, for so many seconds."""
    product = stage.product
    product.client = product.new_client("demo", "root", "--create-project")
    for name in ("beat", "web"):
        product.up(name)
    workers = [stage.worker(processes=len(storing.shards())), stage.chores()]
    try:
        seen, is_over = Seen(), threading.Event()
        watcher = threading.Thread(target=watch, args=(stage, seen, is_over))
        send(stage, Seen(), size, rate, 3.0)  # everything is loaded now
        wait_for_all(stage, int(rate * 3.0) // size * size)
        watcher.start()
        send(stage, seen, size, rate, seconds, int(rate * 3.0) // size * size)
        wait_for_all(stage, seen.answered[-1][1])
        is_over.set()
        watcher.join()
    finally:
        for worker in workers:
            worker.remove()
    return seen


def send(stage: Stage, seen: Seen, size: int, rate: int, seconds: float, sent: int = 0) -> None:
    """At fixed times, however long the answers take."""
    with httpx.Client(base_url=stage.product.url, headers=stage.product.headers(stage.product.client)) as http:
        started = time.perf_counter()
        for number in range(int(rate * seconds) // size):
            time.sleep(max(0.0, started + number * size / rate - time.perf_counter()))
            answer = http.post("/track/batch", content=body(sent, size))
            if answer.status_code != 200:
                raise AssertionError(f"The web server answered {answer.status_code}: {answer.text}")
            sent += size
            seen.answered.append((time.perf_counter(), sent))


def body(first: int, size: int) -> bytes:
    events = [
        {
            "type": "track",
            "payload": {
                "name": "page_view",
                "deviceId": f"device-{number % 5000}",
                "path": f"https://shop.example/products/{number % 900}",
                "properties": {"plan": "pro", "position": number % 10},
            },
        }
        for number in range(first, first + size)
    ]
    return json.dumps({"events": events}).encode()


def watch(stage: Stage, seen: Seen, is_over: threading.Event) -> None:
    while not is_over.is_set():
        seen.counted.append((time.perf_counter(), total(stage)))
        is_over.wait(PAUSE_SECONDS)
    seen.counted.append((time.perf_counter(), total(stage)))


def total(stage: Stage) -> int:
    url = f"{stage.product.url}/insights/demo/metrics"
    answer = httpx.get(url, headers=stage.product.headers(stage.product.client), timeout=30)
    return int(answer.json()["totalEvents"])


def wait_for_all(stage: Stage, events: int) -> None:
    while total(stage) < events:
        time.sleep(0.1)


def quantile(delays: Sequence[float], part: float) -> float:
    return delays[min(len(delays) - 1, int(len(delays) * part))]
