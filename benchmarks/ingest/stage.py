"""The processes of a measurement: the web server has a core to itself, Redis and the load share the other."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import redis

from benchmarks.ingest.load import Answered, Load
from tests.product import Product
from tests.servers import Server, listens

WEB_CORE, OTHER_CORE = 0, 1
PIECES = 5
ASGI = ("--config", "deploy/gunicorn.conf.py")
THREADS = (*ASGI, "--worker-class", "gthread", "--threads", "4")


@dataclass(frozen=True)
class Measured:
    """What was answered, the seconds of processor that the web server took, and its memory after it in MiB."""

    answered: Answered
    processor: float
    memory: float

    @property
    def cost(self) -> float:
        """Processor time of a request, in microseconds."""
        return self.processor * 1e6 / self.answered.requests


class Stage:
    """Redis, a project and a client; web servers come and go. All of it is gone at the end."""

    def __init__(self) -> None:
        cores = sorted(os.sched_getaffinity(0))
        self.web_core, self.other_core = cores[WEB_CORE], cores[OTHER_CORE % len(cores)]
        self.product = Product(
            EVENTLENS_WEB_WORKERS="1",
            EVENTLENS_CLIENT_CACHE_SECONDS="5",
            EVENTLENS_INGEST_REQUESTS_PER_MINUTE="900000000",  # counted, but never reached
            EVENTLENS_QUEUE_MAX_ENTRIES="1000000000",
        )
        self.port = self.product.port
        store = self.product.parts["redis"]
        store.command = self.pinned(self.other_core, store.command)
        self.product.up("redis")
        self.product.manage("migrate", "--verbosity", "0")
        client = self.product.new_client("demo", "write", "--create-project")
        self.load = Load(client["id"], client["secret"], self.product.folder, self.other_core)
        self.redis = redis.Redis.from_url(self.product.env["REDIS_URL"])

    def pinned(self, core: int, command: Sequence[str]) -> list[str]:
        return ["taskset", "--cpu-list", str(core), *command]

    @contextmanager
    def web(self, app: str, flags: Sequence[str] = ASGI) -> Iterator[Server]:
        """One process of the web server with this application."""
        command = [sys.executable, "-m", "gunicorn", *flags, app]
        server = Server("web", self.pinned(self.web_core, command), self.product.env).start()
        try:
            server.wait_for(lambda: listens(self.port) and family(server))
            yield server
        finally:
            server.remove()

    def measure(self, server: Server, seconds: float, **load: int) -> Measured:
        """The best of the pieces, for the machine may have other things to do meanwhile; the first only warms up."""
        pieces = [self.piece(server, seconds / PIECES, **load) for _ in range(PIECES + 1)]
        return min(pieces[1:], key=lambda piece: piece.cost)

    def piece(self, server: Server, seconds: float, **load: int) -> Measured:
        self.redis.delete(*self.redis.keys("eventlens:log:*"), b"plain")
        before = processor_seconds(server)
        answered = self.load.run(f"http://127.0.0.1:{self.port}", seconds, **load)
        return Measured(answered, processor_seconds(server) - before, memory(server))

    def close(self) -> None:
        self.redis.close()
        self.product.stop()


def family(server: Server) -> list[psutil.Process]:
    """The processes that answer, once there are any: gunicorn's own first process only looks after them."""
    if server.process is None:
        raise RuntimeError(f"{server.name} is not running; start it first.")
    children: list[psutil.Process] = psutil.Process(server.process.pid).children(recursive=True)
    return [one for one in children if not one.children()]


def processor_seconds(server: Server) -> float:
    times = [one.cpu_times() for one in family(server)]
    return float(sum(one.user + one.system for one in times))


def memory(server: Server) -> float:
    """Of the largest process, in MiB."""
    return float(max(one.memory_info().rss for one in family(server)) / 2**20)


def pause_for(rate: float, connections: int) -> int:
    """After how many ms, on average, each connection asks again so that all together reach the rate."""
    return max(1, round(connections * 1000 / rate))
