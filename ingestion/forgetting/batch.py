"""A batch of erasures of one project: who its persons are, and how many rows are theirs."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from analytics.models import Erasure, ErasureKind, ErasureState
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from ingestion.forgetting import sql as erasure_sql
from ingestion.forgetting.sql import PLACES, Place
from ingestion.rollups import persons
from ingestion.storing.facts import person_key
from ingestion.wire.moments import milliseconds

MOST_ERASURES = 1000  # of a batch; what is left makes the next one
UNBOUNDED = {"max_rows_to_read": 0, "max_result_rows": 0, "max_execution_time": 0}

Renew = Callable[[], object]  # raises redis.exceptions.LockError if the erasures are another worker's by now
Counts = Mapping[int, Mapping[str, int]]  # by erasure and table


@dataclass(frozen=True)
class Batch:
    """Erasures that are worked off together; they are in one state."""

    rows: Sequence[Erasure]

    @property
    def number(self) -> int:
        return int(self.rows[0].batch or 0)

    @property
    def project_id(self) -> str:
        return self.rows[0].project_id

    @property
    def is_project(self) -> bool:
        return self.rows[0].kind == ErasureKind.PROJECT

    @property
    def until_ms(self) -> int:
        """What arrived later is a new person's; where several wait together, the latest wish counts for all."""
        return max(milliseconds(row.requested_at) for row in self.rows)


@dataclass(frozen=True)
class Known:
    """Who the persons of a batch are: erasures by id, and the keys that their events carry."""

    profiles: dict[str, set[int]] = field(default_factory=dict)
    devices: dict[str, set[int]] = field(default_factory=dict)
    keys: dict[str, set[int]] = field(default_factory=dict)  # by kind


def current() -> Batch | None:
    """The batch at work; else one of the project whose wish is the oldest. What is only being removed is let be."""
    wishes = Erasure.objects.exclude(state__in=[ErasureState.REMOVING, ErasureState.FINISHED]).order_by("id")
    if begun := wishes.exclude(batch=None).first():
        return Batch(list(wishes.filter(batch=begun.batch)))
    first = wishes.first()
    if first is None:
        return None
    alike = wishes.filter(project_id=first.project_id, kind=first.kind)
    keys = list(alike.values_list("pk", flat=True)[:MOST_ERASURES])
    Erasure.objects.filter(pk__in=keys).update(batch=first.pk)
    return Batch(list(Erasure.objects.filter(pk__in=keys).order_by("id")))


def removed(until: datetime) -> list[Batch]:
    """Batches whose rows were all hidden before."""
    rows = Erasure.objects.filter(state=ErasureState.REMOVING, erased_at__lt=until).order_by("id")
    batches: dict[int | None, list[Erasure]] = {}
    for row in rows:
        batches.setdefault(row.batch, []).append(row)
    return [Batch(members) for members in batches.values()]


def list_up(batch: Batch, renew: Renew) -> None:
    """Write down all ids of the persons, and the lanes of their events; what was written before is replaced."""
    if batch.is_project:
        return
    renew()
    drop(batch.number)
    asked = {person_key("p", row.subject): row.subject for row in batch.rows}
    found = persons.components(persons.closure(batch.project_id, list(asked)))
    component = {key: one.ids for one in found for key in one.ids}
    columns: dict[str, list[object]] = defaultdict(list)
    for row in batch.rows:
        key = person_key("p", row.subject)
        for member, name in component.get(key, {key: row.subject}).items():
            columns["batch"].append(batch.number)
            columns["erasure"].append(row.pk)
            columns["kind"].append("profile")
            columns["key"].append(member)
            columns["id"].append(name)
    client.insert("erasing", columns, token="")
    renew()
    params = {"project": batch.project_id, "batch": batch.number}
    client.command(Sql(erasure_sql.LIST_DEVICES, params), settings=UNBOUNDED)
    renew()
    lanes = compose(erasure_sql.LIST_LANES, params, listed=erasure_sql.listed(batch.number))
    client.command(lanes, settings=UNBOUNDED)


def known(batch: Batch) -> Known:
    """What list_up wrote down."""
    result = Known()
    rows = client.query(Sql(erasure_sql.NAMES, {"batch": batch.number}), comment="erasure", settings=UNBOUNDED)
    for row in rows:
        names = result.profiles if row["kind"] == "profile" else result.devices
        names.setdefault(row["id"], set()).add(row["erasure"])
        result.keys.setdefault(row["kind"], set()).add(row["key"])
    return result


def counts(batch: Batch, renew: Renew) -> Counts:
    """Rows of each table by erasure; zeros are said, too."""
    places = [place for place in PLACES if not place.is_index and (batch.is_project or place.column)]
    result = {row.pk: {place.table: 0 for place in places} for row in batch.rows}
    for place in places:
        renew()
        for number, count in rows_in(batch, place).items():
            result[number][place.table] = count
    return result


def rows_in(batch: Batch, place: Place) -> dict[int, int]:
    """How many rows of that table each erasure is about."""
    if batch.is_project:
        [found] = client.query(erasure_sql.count_all_sql(place, batch.project_id), settings=UNBOUNDED)
        return {row.pk: found["count"] for row in batch.rows}
    sql = erasure_sql.count_sql(place, batch.project_id, batch.number, batch.until_ms)
    return {found["erasure"]: found["count"] for found in client.query(sql, settings=UNBOUNDED)}


def drop(number: int) -> None:
    """Forget what was written down for a batch."""
    client.command(Sql(erasure_sql.DROP_BATCH, {"batch": number}))


def drop_done() -> None:
    """Forget all lists but those of batches at work; a worker that was frozen may have left one."""
    done = [ErasureState.REMOVING, ErasureState.FINISHED]
    at_work = set(Erasure.objects.exclude(batch=None).exclude(state__in=done).values_list("batch", flat=True))
    for row in client.query(Sql(erasure_sql.BATCHES)):
        if row["batch"] not in at_work:
            drop(row["batch"])
