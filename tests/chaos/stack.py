"""The product as `make run` starts it, and the means to kill and to freeze its parts."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.chaos.plan import CHILDREN, WHOLE, Fault, Form
from tests.embedded.running import ROOT, own_environment
from tests.servers import three_free_ports, until

COMMANDS = {
    "redis": r"redis-server|valkey-server",
    "clickhouse": r"eventlens\.embedded\.clickhouse",
    "web": r"gunicorn",
    "worker": r"celery.* worker@embedded",
    "chores": r"celery.* chores@embedded",
    "beat": r"celery.* beat",
}
READY = "Ctrl-C stops all of it."
SHARDS = 2
BATCH_SECONDS = 1
BACK_SECONDS = 180  # a part that was killed is there again, on any machine


class Stack:
    """One data folder; the supervisor is started again as an operator's service manager would."""

    def __init__(self, folder: Path, form: Form, flush_ms: int) -> None:
        self.folder, self.log = folder, folder / "log"
        self.port = three_free_ports()
        self.environment = own_environment(
            EVENTLENS_PORT=str(self.port),
            EVENTLENS_DATA_DIR=str(folder / "data"),
            EVENTLENS_REDIS_FSYNC="always",
            EVENTLENS_STREAM_SHARDS=str(SHARDS),
            EVENTLENS_FLUSH_INTERVAL_MS=str(flush_ms),
            EVENTLENS_ROLLUP_SECONDS="1",
            EVENTLENS_QUEUE_MAX_ENTRIES=str(form.queue_entries),
            EVENTLENS_QUESTIONS_PER_MINUTE="0",
            EVENTLENS_INGEST_REQUESTS_PER_MINUTE="0",
        )
        self.store = redis.Redis(port=self.port + 1, socket_timeout=1, retry=Retry(NoBackoff(), 0))
        self.supervisor: subprocess.Popen[bytes] | None = None
        self.frozen: list[tuple[float, psutil.Process]] = []

    def start(self) -> None:
        """Until it says that it is ready."""
        self.launch()
        until(lambda: READY in self.log.read_text(errors="replace"), 120, f"the product to be ready; see {self.log}")

    def launch(self) -> None:
        tether = [sys.executable, "-m", "eventlens.embedded.tether", str(os.getpid())]
        with self.log.open("ab") as log:
            self.supervisor = subprocess.Popen(
                [*tether, sys.executable, "-m", "eventlens.embedded"],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=self.environment,
                cwd=ROOT,
            )

    def keys(self) -> dict[str, str]:
        """The headers of the client that the first start has shown."""
        shown = re.findall(r"'(event-lens-client-\w+): (\S+)'", self.log.read_text(errors="replace"))
        return dict(shown[:2])

    def keep_up(self) -> None:
        """Start a dead supervisor again; end freezes that are over."""
        assert self.supervisor is not None
        if self.supervisor.poll() is not None:
            self.launch()
        for over, process in [one for one in self.frozen if one[0] <= time.monotonic()]:
            thaw(process)
            self.frozen.remove((over, process))

    def commit(self, fault: Fault) -> None:
        """Do it, once there is something to do it to."""
        if fault.aim is not None:
            self.await_batch(fault.aim)
        until(lambda: self.hit(fault), BACK_SECONDS, f"{fault.part} to be there")

    def hit(self, fault: Fault) -> bool:
        """False if there is nothing to hit at the moment."""
        self.keep_up()
        target = self.find(fault)
        if target is None:
            return False
        try:
            if fault.part == "machine":
                kill_all(target)
            elif fault.act == "kill":
                target.kill()
            else:
                target.suspend()
                self.frozen.append((time.monotonic() + fault.seconds, target))
        except psutil.NoSuchProcess:
            return False
        if fault.part in WHOLE:
            assert self.supervisor is not None
            self.supervisor.wait()
        return True

    def await_batch(self, seconds: float) -> None:
        """Until a batch is read and not acknowledged, and so many seconds more; not for ever, not without Redis."""
        deadline = time.monotonic() + BATCH_SECONDS
        try:
            while time.monotonic() < deadline and not self.is_storing():
                time.sleep(0.001)
        except redis.RedisError:
            return
        time.sleep(seconds)

    def is_storing(self) -> bool:
        with self.store.pipeline(transaction=False) as pipe:
            for shard in range(SHARDS):
                pipe.xpending(f"eventlens:log:{shard}", "drain")
            answers: Any = pipe.execute(raise_on_error=False)  # a group may not be there yet
        return any(isinstance(answer, dict) and answer["pending"] for answer in answers)

    def find(self, fault: Fault) -> psutil.Process | None:
        """The living process that the fault is aimed at."""
        assert self.supervisor is not None
        with suppress(psutil.NoSuchProcess):
            product = psutil.Process(self.supervisor.pid)
            if fault.part in WHOLE:
                return product if product.children() else None
            name = fault.part.removesuffix(" process") if fault.part in CHILDREN else fault.part
            parts = [one for one in product.children() if re.search(COMMANDS[name], " ".join(one.cmdline()))]
            if fault.part in CHILDREN and parts:
                parts = sorted(parts[0].children(), key=lambda one: one.pid)
            living = [one for one in parts if one.status() != psutil.STATUS_ZOMBIE]
            return living[fault.which % len(living)] if living else None
        return None

    def await_thaw(self) -> None:
        """Until no freeze is left."""
        while self.frozen:
            self.keep_up()
            time.sleep(0.1)

    def thaw_all(self) -> None:
        for _, process in self.frozen:
            thaw(process)
        self.frozen.clear()

    def stop(self) -> None:
        """By force: the judge has spoken."""
        self.thaw_all()
        if self.supervisor is None or self.supervisor.poll() is not None:
            return
        kill_all(psutil.Process(self.supervisor.pid))
        self.supervisor.wait()


def kill_all(product: psutil.Process) -> None:
    """Everything at the same moment, as when the machine's power fails."""
    for process in [product, *product.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def thaw(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.resume()


@contextmanager
def running(folder: Path, form: Form, flush_ms: int) -> Iterator[Stack]:
    stack = Stack(folder, form, flush_ms)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
