"""Real servers for the tests, private: own data folder, own free port, ended with the tests."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def three_free_ports() -> int:
    """The first of three neighbours."""
    while True:
        first = free_port()
        try:
            with socket.socket() as second, socket.socket() as third:
                second.bind(("127.0.0.1", first + 1))
                third.bind(("127.0.0.1", first + 2))
                return first
        except OSError:
            continue


def until(condition: Callable[[], object], seconds: float = 30, what: str = "the condition") -> object:
    """Wait for a truthy answer and return it; fail the test with `what` after `seconds`."""
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < seconds:
        try:
            if answer := condition():
                return answer
        except OSError:
            pass
        time.sleep(min(0.02 + waited / 20, 0.2))  # what takes long gets longer if it is asked all the time
    raise AssertionError(f"Waited {seconds} s in vain for {what}.")


def listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


class Server:
    """A child process with a log file; `kill` is -9, `stop` is polite. It ends with the tests, however they end."""

    def __init__(self, name: str, command: list[str], env: Mapping[str, str] | None = None) -> None:
        self.name, self.command = name, command
        self.env = {**os.environ, **(env or {})}
        self.folder = Path(tempfile.mkdtemp(prefix=f"el-{name}-"))
        self.log = self.folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Server":
        tether = [sys.executable, "-m", "eventlens.embedded.tether", str(os.getpid())]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*tether, *self.command],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=self.env,
                cwd=ROOT,
                start_new_session=True,
            )
        return self

    def wait_for(self, condition: Callable[[], object], seconds: float = 60) -> "Server":
        """Until the condition holds; a process that ended meanwhile fails at once, with its log."""

        def alive_and_ready() -> object:
            assert self.process is not None and self.process.poll() is None, self.tail()
            return condition()

        until(alive_and_ready, seconds, f"{self.name} to be up; its log: {self.log}")
        return self

    def tail(self) -> str:
        return f"{self.name} ended:\n" + "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])

    def kill(self) -> None:
        """kill -9 of the whole process group."""
        self.signal(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and -9 for what is left after ten seconds."""
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.signal(signal.SIGKILL)

    def signal(self, number: int) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            self.process.wait()

    def remove(self) -> None:
        self.stop()
        self.destroy()

    def destroy(self) -> None:
        """Without asking, and without a trace."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def redis_server(port: int, *, fsync: str = "everysec") -> Server:
    """Redis as the product wants it: append-only, never evicting."""
    server = Server("redis", [])
    server.command = [
        "redis-server",
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        str(server.folder),
        "--save",
        "",
        "--appendonly",
        "yes",
        "--appendfsync",
        fsync,
        "--maxmemory-policy",
        "noeviction",
    ]
    return server


def clickhouse_server(port: int) -> Server:
    """The embedded ClickHouse."""
    server = Server("clickhouse", [])
    server.command = [
        sys.executable,
        "-m",
        "eventlens.embedded.clickhouse",
        "--port",
        str(port),
        "--data-dir",
        str(server.folder / "data"),
    ]
    return server


def mariadb_server() -> tuple[Server, str]:
    """A MariaDB on a socket, and its DATABASE_URL."""
    server = Server("mariadb", [])
    data, socket_path = server.folder / "data", server.folder / "s"
    subprocess.run(
        [
            "mariadb-install-db",
            "--no-defaults",
            "--user=root",
            "--auth-root-authentication-method=normal",
            f"--datadir={data}",
            "--skip-test-db",
        ],
        env={**os.environ, "TMPDIR": str(server.folder)},  # it clears away other servers' temporary tables
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server.command = [
        shutil.which("mariadbd") or "/usr/sbin/mariadbd",
        "--no-defaults",
        "--user=root",
        f"--datadir={data}",
        f"--tmpdir={server.folder}",
        f"--socket={socket_path}",
        "--skip-networking",
        "--character-set-server=utf8mb4",  # as MySQL has it
        "--innodb-flush-log-at-trx-commit=0",
    ]
    return server, f"mysql://root@/eventlens?unix_socket={socket_path}"
