"""Where requests wait that go through the door together: while one turn is at Redis, the next one gathers."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from analytics.directory import ProjectRecord
from eventlens.api import BUG, Unavailable
from eventlens.limits import limits
from ingestion.door import devices, overload
from ingestion.door.accept import outcome_of, translated_errors, visitor
from ingestion.door.line import Line
from ingestion.door.outcome import Outcome
from ingestion.door.turn import Asked, Turn
from ingestion.log import stream
from ingestion.log.wake import enqueue_drains
from ingestion.wire.drafts import Draft

logger = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
MOST_EVENTS = 500  # of a turn; Redis does nothing else meanwhile


class Gathering:
    """The counterpart of accept() for an event loop."""

    def __init__(self) -> None:
        self.line = Line(limits().redis_url)
        self.threads = ThreadPoolExecutor(2, thread_name_prefix="errand")
        self.turns: list[OpenTurn] = []
        self.sending: asyncio.Task[None] | None = None

    async def accept(self, project: ProjectRecord, client_id: str, drafts: Sequence[Draft]) -> Outcome:
        """As accept() does it; raises Unavailable."""
        if not devices.cache.is_known(drafts[0].event.received_ms):
            with translated_errors():
                await self.errand(devices.cache.get, stream.store(), drafts[0].event.received_ms)
        if not self.turns or self.turns[-1].size >= MOST_EVENTS:
            self.turns.append(OpenTurn())
        future = self.turns[-1].join(project, client_id, drafts)
        if self.sending is None:
            # The task begins behind all requests that are read in the same round of the loop.
            self.sending = asyncio.create_task(self.send())
        return outcome_of(await future)

    async def send(self) -> None:
        """One turn after the other, until nobody waits."""
        try:
            while self.turns:
                await self.settle(self.turns.pop(0))
        finally:
            self.sending = None

    async def settle(self, turn: "OpenTurn") -> None:
        try:
            with translated_errors():
                if not overload.is_memory_known():
                    await self.errand(overload.check_memory)
                overload.check_memory()
                wake = turn.settle(await self.line.accept(turn.keys(), turn.arguments()))
        except Unavailable as away:
            turn.refuse(away)
        except Exception as bug:
            logger.exception("A turn could not be sent")
            turn.refuse(bug)
        else:
            turn.release()
            if wake:
                self.threads.submit(enqueue_drains, wake)

    async def errand(self, work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Let a thread do what would keep the loop waiting."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, lambda: work(*arguments, **options))

    async def close(self) -> None:
        await asyncio.to_thread(self.threads.shutdown)
        await self.line.close()


class OpenTurn(Turn):
    """A turn whose requests are waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[asyncio.Future[Asked]] = []

    def join(self, project: ProjectRecord, client_id: str, drafts: Sequence[Draft]) -> asyncio.Future[Asked]:
        self.add(project, client_id, drafts, visitor)
        future: asyncio.Future[Asked] = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        return future

    def release(self) -> None:
        for asked, future in zip(self.requests, self.waiting, strict=True):
            if not future.done():
                future.set_result(asked)

    def refuse(self, error: Exception) -> None:
        """Each gets an error of its own: one that is raised in many places would collect all their frames."""
        for future in self.waiting:
            if not future.done():
                own = Unavailable(str(error.detail)) if isinstance(error, Unavailable) else RuntimeError(BUG)
                own.__cause__ = error
                future.set_exception(own)
