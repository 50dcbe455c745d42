"""Where requests wait that go through the door together: while one turn is at Redis, the next one gathers."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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
Told = Callable[[Asked | None, Exception | None], None]  # a settled request, or why it is none
MOST_EVENTS = 500  # of a turn, until no more join it; Redis does nothing else meanwhile
MOST_BYTES = 1024 * 1024


class Gathering:
    """The counterpart of accept() for an event loop."""

    def __init__(self) -> None:
        self.line = Line(limits().redis_url)
        self.threads = ThreadPoolExecutor(2, thread_name_prefix="errand")
        self.turns: list[OpenTurn] = []
        self.sending: asyncio.Task[None] | None = None

    async def accept(self, project: ProjectRecord, client_id: str, drafts: Sequence[Draft]) -> Outcome:
        """As accept() does it; raises Unavailable."""
        received_ms = drafts[0].event.received_ms
        if not self.is_ready(received_ms):
            with translated_errors():
                await self.errand(devices.cache.get, stream.store(), received_ms)
        future: asyncio.Future[Asked] = asyncio.get_running_loop().create_future()
        self.join(project, client_id, drafts, partial(settle, future))
        return outcome_of(await future)

    def is_ready(self, received_ms: int) -> bool:
        """Whether what was received then can join a turn without waiting for the salts of its devices."""
        return devices.cache.is_known(received_ms)

    def join(self, project: ProjectRecord, client_id: str, drafts: Sequence[Draft], told: Told) -> None:
        """Let the events into the turn that gathers; `told` is called once it is known what became of them."""
        if not self.turns or self.turns[-1].is_full():
            self.turns.append(OpenTurn())
        self.turns[-1].join(project, client_id, drafts, told)
        if self.sending is None:
            # The task begins behind all requests that are read in the same round of the loop.
            self.sending = asyncio.get_running_loop().create_task(self.send())

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
        self.waiting: list[Told] = []

    def is_full(self) -> bool:
        return self.size >= MOST_EVENTS or self.bytes >= MOST_BYTES

    def join(self, project: ProjectRecord, client_id: str, drafts: Sequence[Draft], told: Told) -> None:
        self.add(project, client_id, drafts, visitor)
        self.waiting.append(told)

    def release(self) -> None:
        for told, asked in zip(self.waiting, self.requests, strict=True):
            tell(told, asked, None)

    def refuse(self, error: Exception) -> None:
        """Each gets an error of its own: one that is raised in many places would collect all their frames."""
        for told in self.waiting:
            own = Unavailable(str(error.detail)) if isinstance(error, Unavailable) else RuntimeError(BUG)
            own.__cause__ = error
            tell(told, None, own)


def tell(told: Told, asked: Asked | None, error: Exception | None) -> None:
    """An error in answering one request must not keep the others of its turn waiting."""
    try:
        told(asked, error)
    except Exception:
        logger.exception("A request could not be answered")


def settle(future: asyncio.Future[Asked], asked: Asked | None, error: Exception | None) -> None:
    """Wake who awaits the request; it may have been cancelled meanwhile."""
    if future.done():
        return
    if asked is None:
        future.set_exception(error or RuntimeError(BUG))
    else:
        future.set_result(asked)
