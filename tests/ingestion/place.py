"""A project of its own, into which what is said of persons arrives, and what comes of it."""

import itertools
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import redis

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.door.accepted import AcceptedChange
from ingestion.log import marks
from ingestion.log.decisions import Decisions
from ingestion.log.stream import Batch, Holder
from ingestion.rollups import people as people_rollup
from ingestion.storing import chunks, links
from ingestion.storing.facts import Facts, person_key
from tests.ingestion.factories import NOON, said

Log = redis.Redis
numbers = itertools.count()
NOTHING_REFUSED = Decisions(Holder(0, "nobody"), Batch((), (), ""), 0)


class Place:
    """A project of its own, into which changes arrive in batches."""

    def __init__(self, store: Log) -> None:
        self.store, self.id = store, f"p{next(numbers)}"

    def arrive(self, *changes: AcceptedChange) -> None:
        """The end of a drain with these changes, by a worker that knows no links."""
        facts, work = Facts(), chunks.Work()
        for change in changes:
            facts.add_change(replace(change, project_id=self.id))
        links.known.forget()
        chunks.store_facts(facts, {}, f"{self.id}:{next(numbers)}", work, NOTHING_REFUSED)
        for (kind, project_id), names in work.marks().items():
            marks.mark(self.store, kind, project_id, sorted(names))

    def roll_up(self) -> None:
        people_rollup.roll_up(self.store, seconds=60)  # a busy machine may need more than a turn

    def people(self) -> dict[str, str]:
        """The person of each device and profile that a rollup wrote about."""
        text = "SELECT concat(if(kind = 'device', 'd', 'p'), id) AS name, key, person, personId FROM persons FINAL"
        rows = client.query(Sql(f"{text} WHERE projectId = {{project:String}}", {"project": self.id}))
        assert all(row["key"] == person_key(row["name"][0], row["name"][1:]) for row in rows)
        assert all(row["person"] == person_key("p", row["personId"]) for row in rows)
        return {row["name"]: row["personId"] for row in rows}

    def traits(self) -> dict[str, dict[str, Any]]:
        sql = Sql("SELECT * FROM profiles FINAL WHERE projectId = {project:String}", {"project": self.id})
        return {row["profileId"]: decoded(row["traits"]) for row in client.query(sql)}


def decoded(traits: dict[str, str]) -> dict[str, Any]:
    """Numbers as exact decimals."""
    values = {key: msgspec.json.decode(text) for key, text in traits.items()}
    return {key: value if isinstance(value, str) else Decimal(traits[key]) for key, value in values.items()}


def identify(profile: str, device: str = "", at: int = NOON, **traits: Any) -> AcceptedChange:
    return said("identify", profileId=profile, deviceId=device, timestamp=at, **traits)


def alias(profile: str, other: str) -> AcceptedChange:
    return said("alias", profileId=profile, alias=other)
