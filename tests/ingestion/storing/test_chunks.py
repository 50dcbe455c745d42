"""A batch that is repeated after a crash is divided as the first time, whatever has changed in between."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
import redis

from analytics import directory
from analytics.directory import ProjectRecord
from analytics.models import Project
from ingestion.door.accepted import AcceptedEvent
from ingestion.enrichment import enrich_all
from ingestion.log import stream
from ingestion.log.decisions import Decisions
from ingestion.storing import chunks, drain, facts
from ingestion.storing.rows import Columns
from tests.analytics.factories import new_project
from tests.ingestion.factories import item, project, say, send
from tests.ingestion.stored import held, insert_all, names, quarantined

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse", "shop")]
Log = redis.Redis


def stored_and_died(log: Log) -> None:
    """All inserts of a batch, and then the end of its worker."""
    holder = held()
    batch = holder.fresh()
    assert batch is not None
    insert_all(holder, batch)
    log.delete(stream.lock_key(0))


def decided_and_died(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a worker between the decision about its batch and the first insert."""

    class Died(BaseException):
        pass

    def die(*arguments: object) -> None:
        raise Died

    holder = held()
    batch = holder.fresh()
    assert batch is not None
    with monkeypatch.context() as patched, pytest.raises(Died):
        patched.setattr(chunks, "insert_columns", die)
        drain.finish(holder, batch)
    log.delete(stream.lock_key(0))


def delete_shop() -> None:
    Project.objects.filter(id="shop").delete()
    directory.forget()


def test_what_was_stored_before_its_project_was_deleted_is_not_set_aside_as_well(log: Log) -> None:
    new_project("other")
    send({"name": "a"}, {"name": "b"})
    send({"name": "c"}, of=project("other"))
    say(item("identify", profileId="p1", plan="pro"))
    stored_and_died(log)

    delete_shop()
    drain.drain(0)

    assert names() == ["a", "b", "c"]
    assert names("profile_changes", "key") == ["plan"]
    assert quarantined(log) == []
    assert log.xlen("eventlens:log:0") == 0


def test_what_was_set_aside_before_its_project_came_stays_set_aside(log: Log) -> None:
    send({"name": "a"})
    send({"name": "b"}, of=project("late"))
    stored_and_died(log)

    new_project("late")
    directory.forget()
    drain.drain(0)

    assert names() == ["a"]
    assert [fields[b"reason"] for fields in quarantined(log)] == [b"The project does not exist any more."]


def test_a_project_deleted_between_decision_and_insert_loses_no_event_of_others(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_project("other")
    send({"name": "a", "path": "/a"})
    send({"name": "b", "path": "/b"}, of=project("other"))
    decided_and_died(log, monkeypatch)

    delete_shop()
    drain.drain(0)

    assert names() == ["a", "b"]
    assert names(column="path") == ["", "/b"]
    assert quarantined(log) == []


def test_a_release_that_knows_other_bots_stores_nobody_twice(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def suspicious(events: Sequence[AcceptedEvent], projects: Sequence[ProjectRecord]) -> Columns:
        return enrich_all(events, projects) | {"device": ["bot"] * len(events)}

    send({"name": "a"}, {"name": "b"})
    stored_and_died(log)

    monkeypatch.setattr(chunks, "enrich_all", suspicious)
    drain.drain(0)

    assert names() == ["a", "b"]
    assert names("bot_events") == []


def test_an_event_that_a_new_release_can_enrich_stays_where_it_was_put(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(events: Sequence[AcceptedEvent], projects: Sequence[ProjectRecord]) -> Columns:
        if any(event.name == "bad" for event in events):
            raise ZeroDivisionError("division by zero")
        return enrich_all(events, projects)

    send({"name": "a"}, {"name": "bad"}, {"name": "b"})
    with monkeypatch.context() as old_release:
        old_release.setattr(chunks, "enrich_all", broken)
        stored_and_died(log)

    drain.drain(0)

    assert names() == ["a", "b"]
    [fields] = quarantined(log)
    assert fields[b"reason"] == b"The enrichment failed: ZeroDivisionError: division by zero"


def test_refusals_are_told_once_and_known_to_whoever_repeats_the_chunk(log: Log) -> None:
    send({"name": "a"})
    holder = held()
    batch = holder.fresh()
    assert batch is not None
    decisions = Decisions(holder, batch, 0)
    decisions.agree(b"verdict")

    decisions.refuse("events", "whole")
    assert decisions.refuse("events:l", "left") == "left"

    assert holder.agree(batch, 0, "events:r", b"right") == [b"right"]
    assert (decisions.reason("events"), decisions.reason("events:l")) == ("whole", "left")
    repeated = Decisions(holder, batch, 0)
    assert repeated.agree(b"another verdict") == b"verdict"
    assert repeated.refused == {"events": "whole", "events:l": "left", "events:r": "right"}


def test_a_refused_row_sets_aside_its_own_projects_change_and_no_other(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_project("other")
    monkeypatch.setattr(facts, "number_in", lambda text: Decimal("NaN" if text == '"bad"' else 1))
    say(item("identify", eventId="e1", profileId="p1", plan="bad"))
    say(item("identify", eventId="e1", profileId="p1", plan="good"), of=project("other"))

    drain.drain(0)

    assert [fields[b"project"] for fields in quarantined(log)] == [b"shop"]
    assert names("profile_changes", "projectId") == ["other"]


def test_a_decision_is_forgotten_with_its_batch(log: Log) -> None:
    send({"name": "a"})
    stored_and_died(log)
    assert log.exists("eventlens:verdicts:0") == 1

    drain.drain(0)

    assert log.exists("eventlens:verdicts:0") == 0
