"""Work that dies at one of its steps, before it or after it, as by kill -9."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
from django.db import connection

from eventlens.clickhouse import client
from ingestion.log import stream


class Died(BaseException):
    """As kill -9 does it, this passes every handler."""


class Mortal:
    """Counts what is asked of the three stores, and dies at one of these steps; `is_done`: just after it."""

    def __init__(self, step: int, *, is_done: bool) -> None:
        self.step, self.is_done = step, is_done
        self.taken = 0

    def take(self, work: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        self.taken += 1
        if self.taken != self.step:
            return work(*arguments, **options)
        if self.is_done:
            work(*arguments, **options)
        raise Died

    def mortal(self, work: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments, **options: self.take(work, *arguments, **options)

    @contextmanager
    def life(self, monkeypatch: pytest.MonkeyPatch, *locks: str) -> Iterator[None]:
        """What is done within dies; the locks that it held run out."""
        store = stream.store()
        doors = ((store, "execute_command"), (client, "query"), (client, "command"), (client, "insert"))
        with ExitStack() as stack:
            patched = stack.enter_context(monkeypatch.context())
            for thing, name in doors:
                patched.setattr(thing, name, self.mortal(getattr(thing, name)))
            stack.enter_context(connection.execute_wrapper(self.take))
            stack.enter_context(suppress(Died))
            yield
        connection.rollback()  # as the database does for a process that is gone
        if locks:
            store.delete(*locks)
