"""What must hold before anything is started: a data folder of our own and free ports."""

import errno
import fcntl
import os
import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from eventlens.embedded.waiting import until

LEFTOVERS_SECONDS = 10  # how long the parts of a killed run may take to end by themselves


class CannotStart(Exception):
    """Why the product does not start, and what the operator can do about it."""


@dataclass(frozen=True)
class Port:
    """An address that one of the parts will listen on, and the variable that moves it."""

    part: str
    host: str
    number: int
    variable: str


class DataFolder:
    """The data folder, held by this process alone for as long as it lives.

    The lock is the kernel's, so it goes with the process however that ends; the process id inside the file
    is removed at a clean end only, and tells the next run that the last one was killed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self.lock = (path / "lock").open("a+")
        except OSError as refused:
            raise CannotStart(
                f"The data folder {path} cannot be written ({refused.strerror}). "
                "Set EVENTLENS_DATA_DIR to a folder that you may write."
            ) from None

    def claim(self) -> bool:
        """Take the folder; true if the run before was killed and may have left parts behind."""
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"The data folder {self.path} is in use by another Event Lens (process {self.owner()}). "
                "Stop that one, or set EVENTLENS_DATA_DIR and EVENTLENS_PORT for a second copy."
            ) from None
        was_killed = self.owner() != ""
        self.write_owner(str(os.getpid()))
        return was_killed

    def release(self) -> None:
        self.write_owner("")
        self.lock.close()

    def owner(self) -> str:
        self.lock.seek(0)
        return self.lock.read().strip()

    def write_owner(self, text: str) -> None:
        self.lock.truncate(0)
        self.lock.write(text)
        self.lock.flush()


def check_ports(ports: list[Port], *, after_a_kill: bool) -> None:
    """Raise CannotStart unless every port can be had."""
    for port in ports:
        reason = obstacle(port)
        if reason == errno.EADDRINUSE and after_a_kill and until(partial(is_free, port), LEFTOVERS_SECONDS):
            reason = 0
        if reason:
            raise CannotStart(advice(port, reason))


def is_free(port: Port) -> bool:
    return obstacle(port) == 0


def obstacle(port: Port) -> int:
    """The error number that listening on the port gives, 0 if none."""
    family = socket.AF_INET6 if ":" in port.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.host, port.number))
            probe.listen()
        except socket.gaierror:
            return errno.EADDRNOTAVAIL
        except OSError as refused:
            return refused.errno or errno.EIO
    return 0


def advice(port: Port, reason: int) -> str:
    """One sentence on what is in the way, one on the way around it."""
    match reason:
        case errno.EADDRINUSE:
            return (
                f"Port {port.number} for {port.part} is in use by another program (`ss -ltnp` shows which). "
                f"Stop it, or set {port.variable}."
            )
        case errno.EACCES:
            return f"Port {port.number} for {port.part} needs root. Set {port.variable}."
        case errno.EADDRNOTAVAIL:
            return f"{port.host} is not an address of this machine. Set EVENTLENS_HOST to one, such as 127.0.0.1."
    return f"Port {port.number} for {port.part} cannot be used ({os.strerror(reason)}). Set {port.variable}."
