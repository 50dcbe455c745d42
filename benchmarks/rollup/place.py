"""Stores of a benchmark's own, in a temporary folder, and what their processes used."""

import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import django

from tests import servers

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock and of processors, and the most memory that ClickHouse held, in MiB."""

    seconds: float
    worker: float
    clickhouse: float
    redis: float
    peak: float

    @property
    def processors(self) -> float:
        return self.worker + self.clickhouse + self.redis


class Place:
    """Django, Redis and the embedded ClickHouse; all of it is gone with the end of the program."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="event-lens-rollup-"))
        ports = servers.free_port(), servers.free_port()
        os.environ.update(
            DJANGO_SETTINGS_MODULE="eventlens.settings",
            EVENTLENS_DATA_DIR=str(self.folder),
            REDIS_URL=f"redis://127.0.0.1:{ports[0]}/0",
            CLICKHOUSE_URL=f"clickhouse://127.0.0.1:{ports[1]}/event_lens",
            DATABASE_URL=f"sqlite:///{self.folder}/db.sqlite3",
            EVENTLENS_QUERY_MAX_SECONDS="900",  # to merge the past takes long
        )
        self.redis = servers.redis_server(ports[0]).start()
        self.clickhouse = servers.clickhouse_server(ports[1]).start()
        self.redis.wait_for(lambda: servers.listens(ports[0]))
        self.clickhouse.wait_for(lambda: servers.listens(ports[1]))
        self.prepare()

    def prepare(self) -> None:
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("clickhouse_migrate", verbosity=0)

    def close(self) -> None:
        self.redis.remove()
        self.clickhouse.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def begin(self) -> "Stopwatch":
        return Stopwatch(pid(self.clickhouse), pid(self.redis))


class Stopwatch:
    def __init__(self, clickhouse: int, redis: int) -> None:
        self.pids = os.getpid(), clickhouse, redis
        Path(f"/proc/{clickhouse}/clear_refs").write_text("5")  # the peak begins anew
        self.before = [processor_seconds(one) for one in self.pids]
        self.started = time.perf_counter()

    def end(self) -> Spent:
        seconds = time.perf_counter() - self.started
        used = [processor_seconds(one) - old for one, old in zip(self.pids, self.before, strict=True)]
        return Spent(seconds, used[0], used[1], used[2], peak(self.pids[1]))


def pid(server: servers.Server) -> int:
    if server.process is None:
        raise RuntimeError(f"{server.name} is not running; start it first.")
    return server.process.pid


def processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
