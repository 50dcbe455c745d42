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

ANSWER_SECONDS = 2


class Line:
    """One connection, for one turn at a time. Nothing is repeated: an append with a lost answer may have happened."""

    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(url, socket_timeout=None, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))
        pool: Any = self.redis.connection_pool
        self.connection = pool.make_connection()
        self.script = stream.script_text("accept")
        self.digest = sha1(self.script.encode(), usedforsecurity=False).hexdigest()

    async def accept(self, keys: Sequence[str | bytes], arguments: Sequence[bytes]) -> Any:
        """The script's answer; raises redis.RedisError."""
        try:
            return await self.run("EVALSHA", self.digest, keys, arguments)
        except redis.exceptions.NoScriptError:  # a new Redis, or one that was restarted; it did nothing
            return await self.run("EVAL", self.script, keys, arguments)

    async def run(self, how: str, what: str, keys: Sequence[str | bytes], arguments: Sequence[bytes]) -> Any:
        """The client's own way through its commands and its pool costs more than all the rest of a request."""
        command: Any = (how, what, len(keys), *keys, *arguments)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.connected()
                await self.connection.send_packed_command(hiredis.pack_command(command), check_health=False)
                return await self.connection.read_response()
        except redis.ResponseError:
            raise
        except BaseException as broken:
            # Half of an answer may still be on its way; nobody else must read it as theirs.
            await self.connection.disconnect(nowait=True)
            if isinstance(broken, TimeoutError):
                raise redis.TimeoutError("Redis took too long to answer.") from None
            raise

    async def connected(self) -> None:
        """A Redis that was restarted while nobody sent has closed the connection; that is no reason for a 503."""
        reader = self.connection._reader
        if reader is not None and reader.at_eof():
            await self.connection.disconnect(nowait=True)
        if not self.connection.is_connected:
            await self.connection.connect()

    async def close(self) -> None:
        await self.connection.disconnect()
        await self.redis.aclose()
