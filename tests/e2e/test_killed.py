"""Parts are killed with -9 while events come in: what was answered 200 is counted, once."""

import threading

import httpx
import pytest

from tests.product import Product
from tests.servers import until


class Load:
    """Sends batches of ten from two threads until stopped; counts what was accepted."""

    def __init__(self, product: Product, name: str) -> None:
        self.product, self.name = product, name
        self.accepted = 0
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.send, args=(number,)) for number in range(2)]

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def send(self, number: int) -> None:
        headers = self.product.headers(self.product.client)
        with httpx.Client(base_url=self.product.url, headers=headers, timeout=30) as http:
            count = 0
            while not self.stopped.is_set():
                events = [
                    {"type": "track", "payload": {"name": "load", "deviceId": f"{self.name}-{number}-{count}-{item}"}}
                    for item in range(10)
                ]
                answer = http.post("/track/batch", json={"events": events})
                count += 1
                if answer.status_code == 200:
                    with self.lock:
                        self.accepted += answer.json()["processed"]

    def reaches(self, more: int) -> None:
        """Wait until so many more events were accepted."""
        goal = self.accepted + more
        until(lambda: self.accepted >= goal, 60, f"{goal} accepted events; {self.accepted} so far")


@pytest.mark.parametrize("part", ["worker", "clickhouse", "chores"])
def test_accepted_is_counted_once_though_a_part_is_killed_under_load(product: Product, part: str) -> None:
    before = product.metrics()["totalEvents"]

    with Load(product, part) as load:
        for _ in range(4):
            load.reaches(300)
            product.parts[part].kill()
            load.reaches(200)
            product.up(part)
        load.reaches(300)

    def counted() -> bool:
        return bool(product.metrics()["totalEvents"] - before == load.accepted)

    until(counted, 60, f"{load.accepted} events to be counted")
    metrics = product.metrics()
    assert metrics["totalEvents"] - before == load.accepted
    assert metrics["uniqueVisitors"] == metrics["totalEvents"]  # every event came from a device of its own
