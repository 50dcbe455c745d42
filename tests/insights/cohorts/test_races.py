"""Cohorts that others change, delete or work out while somebody is at it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis

from analytics.cohorts import lock_of
from analytics.models import Cohort
from eventlens.api import InvalidInput, Unavailable
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from insights import tasks
from insights.asking.parameters import Given
from insights.cohorts import book as cohort_book
from insights.cohorts import turns
from tests.insights.cohorts.test_cohorts import BUYERS, NOON, PATH, send
from tests.insights.conftest import Ask
from tests.insights.histories import stored
from tests.insights.oracle import Event

LATER = timedelta(hours=2)


@pytest.fixture
def buyers(shop: str, clickhouse: None, store: object) -> None:
    """Ann bought; Bob and Carl looked."""
    stored([Event(NOON + at, "buy" if at == 0 else "look", f"d{at}", order=at) for at in range(3)], "shop")
    assert send("put", f"{PATH}/buyers", BUYERS).status_code == 200


@pytest.fixture
def busy(store: "redis.Redis", monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody works out members of the shop."""
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.1)
    with store.lock(lock_of("shop"), timeout=60):
        yield


def people(ask: Ask) -> list[str]:
    return sorted(one["id"] for one in ask(f"{PATH}/buyers/people").json()["people"])


def generations() -> int:
    [row] = client.query(Sql("SELECT count() AS n FROM cohort_generations"))
    return int(row["n"])


@pytest.mark.usefixtures("buyers")
def test_what_was_changed_since_the_due_ones_were_listed_is_not_overwritten(ask: Ask) -> None:
    def changed_meanwhile() -> bool:
        body = {"name": "Idle", "definition": {"didNot": "buy"}}
        return bool(send("put", f"{PATH}/buyers", body).status_code == 200)

    cohort_book.refresh_due(datetime.now(UTC) + LATER, changed_meanwhile)

    told = ask(f"{PATH}/buyers").json()
    assert (told["name"], told["definition"], told["size"]) == ("Idle", {"didNot": "buy"}, 2)
    assert people(ask) == ["d1", "d2"]


@pytest.mark.usefixtures("buyers")
def test_what_was_deleted_since_the_due_ones_were_listed_stays_away(ask: Ask) -> None:
    def deleted_meanwhile() -> bool:
        return bool(send("delete", f"{PATH}/buyers").status_code == 200)

    cohort_book.refresh_due(datetime.now(UTC) + LATER, deleted_meanwhile)

    assert ask(PATH).json() == []


def read_and(**changes: Any) -> cohort_book.Find:
    """Reads the row, which is then changed by others; without changes it is deleted."""

    def find() -> Cohort:
        cohort = Cohort.objects.get()
        others = Cohort.objects.filter(pk=cohort.pk)
        others.update(**changes, updated_at=datetime.now(UTC)) if changes else others.delete()
        return cohort

    reads = iter([Cohort.objects.get, find])
    return lambda: next(reads)()


@pytest.mark.usefixtures("buyers")
def test_a_refresh_gives_way_to_a_change_that_came_while_it_was_worked_out(ask: Ask) -> None:
    before = generations()

    with pytest.raises(Unavailable, match="changed or deleted meanwhile"):
        cohort_book.refresh("shop", read_and(name="Customers"), 30, datetime.now(UTC))

    assert ask(f"{PATH}/buyers").json()["name"] == "Customers"
    assert generations() == before


@pytest.mark.usefixtures("buyers")
def test_a_refresh_does_not_bring_back_what_was_deleted_while_it_was_worked_out(ask: Ask) -> None:
    with pytest.raises(Unavailable):
        cohort_book.refresh("shop", read_and(), 30, datetime.now(UTC))

    assert ask(PATH).json() == []


@pytest.mark.usefixtures("buyers")
def test_a_change_does_not_overwrite_another(ask: Ask) -> None:
    values = Given({"name": "Mine"}, "shop", "UTC", datetime.now(UTC))
    find = read_and(name="Theirs")
    find()

    with pytest.raises(Unavailable):
        cohort_book.change(values, find, is_whole=False)

    assert ask(f"{PATH}/buyers").json()["name"] == "Theirs"


@pytest.mark.usefixtures("buyers")
def test_who_comes_second_with_a_new_id_leaves_the_members_of_the_first(ask: Ask) -> None:
    body = {"name": "Second", "definition": {"didNot": "buy"}}
    values = Given(body, "shop", "UTC", datetime.now(UTC))

    with pytest.raises(InvalidInput):
        cohort_book.change(values, lambda: Cohort(project_id="shop", slug="buyers"), is_whole=True)

    assert people(ask) == ["d0"]


@pytest.mark.usefixtures("buyers", "busy")
def test_a_project_where_somebody_is_at_work_has_not_failed() -> None:
    due_at = Cohort.objects.get().due_at

    cohort_book.refresh_due(datetime.now(UTC) + LATER, lambda: True)

    one = Cohort.objects.get()
    assert (one.failure, one.due_at) == ("", due_at)


@pytest.mark.usefixtures("buyers", "busy")
def test_a_name_changes_while_members_are_worked_out() -> None:
    renamed = send("patch", f"{PATH}/buyers", {"name": "Customers"})
    redefined = send("patch", f"{PATH}/buyers", {"definition": {"didNot": "buy"}})

    assert (renamed.status_code, renamed.json()["name"]) == (200, "Customers")
    assert redefined.status_code == 503


@pytest.mark.usefixtures("buyers")
def test_one_worker_at_a_time_refreshes_what_is_due(store: "redis.Redis") -> None:
    long_ago = datetime.now(UTC) - LATER
    Cohort.objects.update(due_at=long_ago)

    with store.lock(turns.OF_THE_BEAT, timeout=60):
        tasks.refresh_cohorts()
        second = Cohort.objects.get().due_at
    tasks.refresh_cohorts()

    assert second == long_ago
    assert Cohort.objects.get().due_at > datetime.now(UTC)
