"""The event loop's own way to Redis, for the one script that lets events in."""

import asyncio
from collections.abc import Sequence
from hashlib import sha1
from typing import Any

import hiredis
import redis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from ingestion.log import stream

ANSWER_SECONDS = 2.0


class Line:
    """One connection, for one turn at a time. Nothing is repeated: an append with a lost answer may have happened.

    The client opens the connection, with what its address says of passwords and TLS; what then goes over it does not
    pass through the client's commands, streams and pool, which cost more than the rest of a turn.
    """

    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(
            url, protocol=2, socket_timeout=None, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
        )
        pool: Any = self.redis.connection_pool
        self.connection = pool.make_connection()
        self.answers: Answers | None = None
        self.script = stream.script_text("accept")
        self.digest = sha1(self.script.encode(), usedforsecurity=False).hexdigest()

    async def accept(self, keys: Sequence[str | bytes], arguments: Sequence[bytes]) -> Any:
        """The script's answer; raises redis.RedisError."""
        try:
            return await self.run("EVALSHA", self.digest, keys, arguments)
        except redis.exceptions.NoScriptError:  # a new Redis, or one that was restarted; it did nothing
            return await self.run("EVAL", self.script, keys, arguments)

    async def run(self, how: str, what: str, keys: Sequence[str | bytes], arguments: Sequence[bytes]) -> Any:
        command: Any = (how, what, len(keys), *keys, *arguments)
        try:
            answers = await self.connected()
            answer = await answers.ask(hiredis.pack_command(command))
        except BaseException:
            # Half of an answer may still be on its way; nobody else must read it as theirs.
            await self.disconnect()
            raise
        if isinstance(answer, redis.RedisError):
            raise answer
        return answer

    async def connected(self) -> "Answers":
        """A Redis that was restarted while nobody sent has closed the connection; that is no reason for a 503."""
        if self.answers is None or self.answers.is_lost:
            await self.disconnect()
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self.connection.connect()
            except TimeoutError:  # it let us in and said no more
                raise redis.TimeoutError("Redis took too long to answer.") from None
            transport = self.connection._writer.transport
            self.answers = Answers(transport, hiredis.Reader(replyError=self.connection._parser.parse_error))
            transport.set_protocol(self.answers)
        return self.answers

    async def disconnect(self) -> None:
        self.answers = None
        await self.connection.disconnect(nowait=True)

    async def close(self) -> None:
        await self.disconnect()
        await self.redis.aclose()


class Answers(asyncio.Protocol):
    """What comes back over an open connection."""

    def __init__(self, transport: asyncio.WriteTransport, reader: hiredis.Reader) -> None:
        self.transport, self.reader = transport, reader
        self.waiting: asyncio.Future[Any] | None = None
        self.is_lost = False

    async def ask(self, packed: bytes) -> Any:
        """The answer to the only question that is under way; raises redis.ConnectionError and TimeoutError."""
        loop = asyncio.get_running_loop()
        self.waiting = waiting = loop.create_future()
        timer = loop.call_later(ANSWER_SECONDS, self.fail, redis.TimeoutError("Redis took too long to answer."))
        try:
            self.transport.write(packed)
            return await waiting
        finally:
            timer.cancel()
            self.waiting = None

    def data_received(self, data: bytes) -> None:
        self.reader.feed(data)
        try:
            answer = self.reader.gets()
        except hiredis.ProtocolError as garbage:
            self.fail(redis.InvalidResponse(str(garbage)))
            return
        # False is what the reader says while an answer is not there as a whole; the script never answers with it.
        if answer is not False and self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        self.fail(redis.ConnectionError("Redis closed the connection."))

    def fail(self, error: redis.RedisError) -> None:
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(error)
