"""What clients send over HTTP, all the way into the tables that questions are asked of."""

from typing import Any

import redis
from django.test import Client as Http

from eventlens.clickhouse import people
from ingestion.rollups import people as people_rollup
from ingestion.rollups import sessions
from ingestion.storing import drain
from tests.analytics.factories import headers


class Senders:
    """The shop's back end, and the worker behind it."""

    def __init__(self, store: "redis.Redis") -> None:
        self.store = store

    def send(self, *items: dict[str, Any], arrive: bool = True, client: str = "root") -> None:
        """Items as type and payload in one; they are stored and rolled up at once."""
        body = [
            {"type": one.get("type", "track"), "payload": {key: one[key] for key in one if key != "type"}}
            for one in items
        ]
        answer = Http().post("/track/batch", {"events": body}, "application/json", headers=headers(client))
        assert (answer.status_code, answer.json()["rejected"]) == (200, [])
        if arrive:
            self.arrive()

    def arrive(self) -> None:
        drain.drain(0)
        sessions.roll_up(self.store)
        people_rollup.roll_up(self.store)
        people.forget()
