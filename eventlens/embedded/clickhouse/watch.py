"""Stops the queries of clients that cancel or leave: chDB itself does not know that anybody is waiting."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import Protocol

from .errors import EngineError

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.1


class Running(Protocol):
    """A connection with a query that runs."""

    mark: str

    def wants_to_stop(self) -> bool: ...


class Watch:
    def __init__(self, kill: Callable[[str], None]) -> None:
        self._kill = kill
        self._running: dict[str, Running] = {}
        self._lock = Lock()
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    @contextmanager
    def over(self, connection: Running) -> Iterator[None]:
        with self._lock:
            self._running[connection.mark] = connection
        try:
            yield
        finally:
            # The lock is held during a kill, so that a late one cannot hit the next query of this connection.
            with self._lock:
                del self._running[connection.mark]

    def _run(self) -> None:
        # A kill that comes before chDB has registered the query does nothing: the next tick repeats it.
        while not self._stopped.wait(TICK_SECONDS):
            with self._lock:
                for mark, connection in self._running.items():
                    if connection.wants_to_stop():
                        self._try_to_kill(mark)

    def _try_to_kill(self, mark: str) -> None:
        try:
            self._kill(mark)
        except EngineError as error:
            logger.warning("A query of a client that left goes on for now: %s", error)

    def close(self) -> None:
        self._stopped.set()
        self._thread.join()
