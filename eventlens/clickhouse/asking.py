"""Who asks in this thread: what its queries are called in ClickHouse's log, and how they end when it leaves."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from eventlens.clickhouse.errors import ClickHouseUnavailable

name: ContextVar[str] = ContextVar("name", default="")


class Asker:
    """A client on the line; `leave` may be called from any thread and ends the query that runs for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.has_left = False
        self.end: Callable[[], None] | None = None

    def leave(self) -> None:
        with self.lock:
            self.has_left = True
            if self.end:
                self.end()

    @contextmanager
    def waits(self, end: Callable[[], None]) -> Iterator[None]:
        """While this lasts, leaving calls `end`; who has left already gets no further query."""
        with self.lock:
            if self.has_left:
                raise ClickHouseUnavailable("Nobody waits for the answer any more.")
            self.end = end
        try:
            yield
        finally:
            with self.lock:
                self.end = None


asker: ContextVar[Asker | None] = ContextVar("asker", default=None)


@contextmanager
def named(project: str, question: str) -> Iterator[None]:
    before = name.set(f"{project}:{question}")
    try:
        yield
    finally:
        name.reset(before)


@contextmanager
def on_behalf_of(someone: Asker) -> Iterator[None]:
    before = asker.set(someone)
    try:
        yield
    finally:
        asker.reset(before)
