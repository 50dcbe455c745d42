"""A process of ours with its output read line by line."""

import os
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]


class Running:
    """Started at once; `line` waits for output, `end` for the exit."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.lines: list[str] = []
        self.waiting: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.waiting.put(line.decode().rstrip("\n"))
        self.waiting.put(None)

    def line(self, part: str, seconds: float = 60) -> str:
        """The next line that holds `part`; the output so far if it does not come."""
        while True:
            try:
                line = self.waiting.get(timeout=seconds)
            except queue.Empty:
                line = None
            assert line is not None, f"no line with {part!r}:\n" + "\n".join(self.lines[-60:])
            self.lines.append(line)
            if part in line:
                return line

    def end(self, seconds: float = 20) -> int:
        """The exit status; the rest of the output is in `lines`."""
        status = self.process.wait(seconds)
        while (line := self.waiting.get(timeout=seconds)) is not None:
            self.lines.append(line)
        return status

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, word: str) -> psutil.Process:
        """The direct child whose command holds `word`."""
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if word in " ".join(child.cmdline()))

    def destroy(self) -> None:
        """Whatever a failed test left, without a trace."""
        if self.process.poll() is None:
            for process in [psutil.Process(self.process.pid), *self.family()]:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            self.process.wait()


def own_environment(**settings: str) -> dict[str, str]:
    """This process's environment without the settings that the tests themselves run under."""
    foreign = ("EVENTLENS_", "REDIS_URL", "CLICKHOUSE_URL", "DATABASE_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | settings
