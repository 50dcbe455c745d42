"""A project is deleted: what is stored of it goes, also what was still on its way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.core.exceptions import ValidationError
from django.utils import timezone

from analytics.models import Erasure, Project
from ingestion.forgetting import erasure
from ingestion.models import QuarantinedEvent
from ingestion.rollups import days
from ingestion.storing import drain
from insights.cohorts import cohorts
from tests.analytics.factories import new_project
from tests.conftest import TABLES
from tests.ingestion.factories import CRAWLER, NOON, item, project, say, send, sender
from tests.ingestion.forgetting.forgetting import arrive, rows, stored, work_off

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop", "clickhouse")]
Log = redis.Redis


def fill(log: Log, project_id: str) -> None:
    """At least a row in each table."""
    of = project(project_id)
    say(
        item("identify", profileId="ada", deviceId="d1", firstName="Ada", timestamp=NOON),
        item("alias", profileId="ada", alias="lovelace", timestamp=NOON),
        item("group", id="acme", type="company", name="Acme", timestamp=NOON),
        item("assign_group", profileId="ada", groupIds=["acme"], timestamp=NOON),
        item("track", name="x", deviceId="d1", timestamp=NOON),
        of=of,
    )
    send({"name": "crawl", "timestamp": NOON}, of=of, by=sender(user_agent=CRAWLER))
    arrive(log)
    cohorts.write_list(project_id, "testers", ["ada"])
    days.roll_up(log, datetime.fromtimestamp(NOON / 1000, UTC) + timedelta(days=2), quiet_ms=0)


def test_no_table_has_rows_of_a_deleted_project_afterwards(log: Log) -> None:
    new_project("other")
    fill(log, "shop")
    fill(log, "other")

    Project.objects.get(id="shop").delete()
    work_off()

    for table in TABLES:
        assert set(stored(table, "projectId")) == {"other"}, table
    one = Erasure.objects.get()
    assert (one.kind, one.project_id, one.counts["events"], one.counts["group_changes"]) == ("project", "shop", 1, 2)


def test_events_that_were_still_in_the_log_go_by_way_of_the_quarantine(log: Log) -> None:
    send({"name": "waits", "timestamp": NOON})
    Project.objects.get(id="shop").delete()

    erasure.work()
    drain.drain(0)
    work_off()

    assert not QuarantinedEvent.objects.exists()
    assert Erasure.objects.get().counts["quarantine"] == 1


def test_redis_knows_nothing_of_it_either(log: Log) -> None:
    say(item("identify", profileId="ada", deviceId="d1", firstName="Ada"))
    send({"name": "x", "deviceId": "d1"})
    drain.drain(0)  # and no rollup
    log.hset("eventlens:imported:shop", "0011223344556677", 3)
    Project.objects.get(id="shop").delete()

    work_off()

    # Only that its rows have changed, so that no answer kept before is given again; that goes by itself.
    assert [key for key in log.scan_iter() if b"shop" in key] == [b"eventlens:changes:shop"]
    assert 0 < log.ttl("eventlens:changes:shop") <= 86_400
    assert not log.exists("eventlens:touched", "eventlens:marked:persons", "eventlens:marked:profiles")


def test_it_begins_once_no_server_remembers_the_project_any_more(log: Log, configure: Any) -> None:
    configure(client_cache_seconds=60)
    Project.objects.get(id="shop").delete()

    erasure.work()

    assert Erasure.objects.get().state == "waiting"
    Erasure.objects.update(requested_at=timezone.now() - timedelta(seconds=121))
    work_off()
    assert Erasure.objects.get().state == "finished"


def test_its_id_is_free_again_when_it_is_gone(log: Log) -> None:
    Project.objects.get(id="shop").delete()
    again = Project(id="shop", name="Shop")

    with pytest.raises(ValidationError, match="still being erased"):
        again.full_clean()

    work_off()
    again.full_clean()


def test_each_of_several_deleted_projects_is_erased(log: Log) -> None:
    new_project("other")
    fill(log, "shop")
    fill(log, "other")

    Project.objects.all().delete()
    work_off()

    assert rows("SELECT count() FROM events") == [(0,)]
    assert sorted(Erasure.objects.values_list("project_id", "state")) == [("other", "finished"), ("shop", "finished")]
