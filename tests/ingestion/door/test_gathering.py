"""Requests that gather for a turn: how many of them, and what one does to the others."""

import asyncio
from typing import Any

import redis

from eventlens.api import Unavailable
from ingestion.door import devices
from ingestion.door.gathering import Gathering, OpenTurn
from ingestion.log import stream
from ingestion.wire.contract import read_one
from ingestion.wire.drafts import draft
from tests.ingestion.factories import NOON, project, sender, track

Log = redis.Redis


def test_large_requests_do_not_all_go_into_one_entry(log: Log) -> None:
    large = {f"p{number}": "x" * 8192 for number in range(100)}
    drafts = [draft(read_one(track(deviceId="d", properties=large)), project(), sender())]
    devices.cache.get(log, NOON)

    async def five() -> None:
        gathering = Gathering()
        await asyncio.gather(*[gathering.accept(project(), "web", drafts) for _ in range(5)])
        await gathering.close()

    asyncio.run(five())

    entries: Any = log.xrange(stream.log_key(0))
    assert [len(fields[b"e"]) // 800_000 for _, fields in entries] == [2, 2, 1]


def test_one_that_cannot_be_answered_keeps_no_other_of_its_turn_waiting() -> None:
    answered_others: list[object] = []

    def broken(asked: object, error: object) -> None:
        raise RuntimeError("a bug")

    turn = OpenTurn()
    turn.waiting = [broken, lambda asked, error: answered_others.append(error)]
    turn.refuse(Unavailable("away"))

    assert [str(error) for error in answered_others] == ["away"]
