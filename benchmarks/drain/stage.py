"""The product's own processes for a measurement: the worker has a core to itself, everything else has the other."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import django
import psutil

from eventlens.embedded.programs import CHORE_THREADS
from eventlens.queues import CHORES, STORING
from tests.product import Product
from tests.servers import Server

WORKER_CORE, OTHER_CORE = 0, 1


@dataclass(frozen=True)
class Used:
    """Seconds on the clock and of the worker's processor time, and the memory of its largest process in MiB."""

    seconds: float
    processor: float
    memory: float


class Stage:
    """Redis and ClickHouse up, projects made; workers come and go. All of it is gone at the end."""

    def __init__(self, **settings: str) -> None:
        self.cores = sorted(os.sched_getaffinity(0))
        self.product = Product(EVENTLENS_CLIENT_CACHE_SECONDS="5", EVENTLENS_ROLLUP_SECONDS="5", **settings)
        for part in self.product.parts.values():
            part.command = self.pinned(part.command, OTHER_CORE)
        os.environ.update(self.product.env)
        os.sched_setaffinity(0, {self.core(OTHER_CORE)})
        for name in ("redis", "clickhouse"):
            self.product.up(name)
        self.product.manage("migrate", "--verbosity", "0")
        self.product.manage("clickhouse_migrate")
        django.setup()

    def core(self, number: int) -> int:
        return self.cores[number % len(self.cores)]

    def pinned(self, command: Sequence[str], number: int) -> list[str]:
        return ["taskset", "--cpu-list", str(self.core(number)), *command]

    def worker(
        self, app: str = "eventlens", processes: int = 1, queue: str = STORING, pool: str = "prefork"
    ) -> Server:
        """A real Celery worker on the worker's core."""
        python = self.product.parts["worker"].command[3]
        celery = [python, "-m", "celery", "--quiet", "-A", app, "worker", "-c", str(processes)]
        what = ["--queues", queue, "--pool", pool, "--hostname", f"{queue}@bench"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
        return Server(queue, self.pinned([*celery, *what, *quiet], WORKER_CORE), self.product.env).start()

    def chores(self) -> Server:
        """What else a worker does, on the same core, as the product has it."""
        return self.worker(processes=CHORE_THREADS, queue=CHORES, pool="threads")

    def close(self) -> None:
        self.product.stop()


def family(server: Server) -> list[psutil.Process]:
    if server.process is None:
        raise RuntimeError(f"{server.name} is not running; start it first.")
    parent = psutil.Process(server.process.pid)
    return [parent, *parent.children(recursive=True)]


def processor_seconds(server: Server) -> float:
    times = [one.cpu_times() for one in family(server)]
    return float(sum(one.user + one.system for one in times))


def memory(server: Server) -> float:
    """Of the largest process, in MiB."""
    return float(max(one.memory_info().rss for one in family(server))) / 2**20


def work(server: Server, is_done: Callable[[], bool], seconds: float = 3600) -> Used:
    """What a worker uses until something is done."""
    started, before = time.perf_counter(), processor_seconds(server)
    server.wait_for(is_done, seconds)
    return Used(time.perf_counter() - started, processor_seconds(server) - before, memory(server))
