"""A client that leaves ends the query that runs for it, and its thread is free for the next one."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from eventlens.bodies import Message
from eventlens.clickhouse import asking, client
from eventlens.clickhouse.errors import ClickHouseError, ClickHouseUnavailable
from eventlens.clickhouse.sql import Sql
from eventlens.threads import Threads

ENDLESS = Sql("SELECT count() FROM numbers(1000000000000000) WHERE number % 7 = 3")
RUNNING = Sql("SELECT count() AS n FROM system.processes WHERE query LIKE '%FROM numbers(1000000000000000)%7 = 3'")
SCOPE = {
    "type": "http",
    "method": "GET",
    "path": "/",
    "raw_path": b"/",
    "query_string": b"",
    "headers": [],
    "scheme": "http",
    "http_version": "1.1",
    "server": ("127.0.0.1", 80),
    "client": ("127.0.0.1", 1),
}

pytestmark = pytest.mark.usefixtures("clickhouse")


class Endless:
    """A WSGI application whose question would take for ever."""

    def __init__(self) -> None:
        self.errors: list[ClickHouseError] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [])
        try:
            client.query(ENDLESS, settings={"max_rows_to_read": 0})
        except ClickHouseError as wrong:
            self.errors.append(wrong)
        return [b"an answer"]


async def until_running(count: int) -> None:
    loop = asyncio.get_running_loop()
    ends = loop.time() + 20
    while await loop.run_in_executor(None, lambda: client.query(RUNNING)[0]["n"]) != count:
        assert loop.time() < ends, f"{count} queries should run"


async def ask_and_leave(threads: Threads) -> None:
    gone = asyncio.Event()
    messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None: ...

    asked = asyncio.ensure_future(threads(SCOPE, receive, send))
    await until_running(1)
    gone.set()
    await asyncio.wait_for(asked, 10)
    await until_running(0)


def test_the_query_of_a_client_that_left_ends_at_once() -> None:
    endless = Endless()
    threads = Threads(endless, 1, 1000, "leaving", ends_for_leavers=True)
    began = time.monotonic()

    asyncio.run(ask_and_leave(threads))
    asyncio.run(ask_and_leave(threads))
    threads.close()

    assert [type(one) for one in endless.errors] == [ClickHouseUnavailable, ClickHouseUnavailable]
    assert time.monotonic() - began < 25


def test_who_has_left_before_gets_no_query() -> None:
    asker = asking.Asker()
    asker.leave()

    with asking.on_behalf_of(asker), pytest.raises(ClickHouseUnavailable):
        client.query(Sql("SELECT 1"))

    assert client.query(Sql("SELECT 1 AS n")) == [{"n": 1}]


def test_who_stays_gets_all_answers() -> None:
    with asking.on_behalf_of(asking.Asker()):
        assert [client.query(Sql("SELECT 1 AS n")), client.query(Sql("SELECT 2 AS n"))] == [[{"n": 1}], [{"n": 2}]]
