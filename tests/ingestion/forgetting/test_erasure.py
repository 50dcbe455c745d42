"""A person is forgotten: everything of theirs that was sent before the wish, and nothing else."""

import time
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from eventlens import closed_days
from eventlens.clickhouse import client, people
from eventlens.clickhouse.sql import Sql
from ingestion.forgetting import erasure
from ingestion.log import stream
from ingestion.models import QuarantinedEvent
from ingestion.rollups import days
from ingestion.storing.facts import person_key
from tests.analytics.factories import new_project
from tests.conftest import TABLES
from tests.ingestion.factories import CRAWLER, DAY, MINUTE, NOON, SECOND, drafted, item, project, say, send, sender
from tests.ingestion.forgetting.forgetting import (
    LATER,
    Log,
    arrive,
    erased,
    everywhere,
    rows,
    stored,
    traits,
    wish,
    work_off,
)

# In them stand keys or nobody.
NAMELESS = {
    "group_changes",
    "session_lanes",
    "cohort_members",
    "cohort_generations",
    "day_numbers",
    "day_people",
    "person_numbers",
}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop", "clickhouse")]


def test_nothing_names_the_person_afterwards_in_any_table(log: Log) -> None:
    say(
        traits("ada", deviceId="ada-phone", firstName="Ada"),
        item("increment", profileId="ada", property="n", timestamp=NOON),
        item("alias", profileId="ada", alias="ada-2", timestamp=NOON),
        item("assign_group", profileId="ada-2", groupIds=["acme"], timestamp=NOON),
        item("track", name="seen", deviceId="ada-phone", timestamp=NOON),
    )
    send({"name": "crawl", "profileId": "ada", "timestamp": NOON}, by=sender(user_agent=CRAWLER))
    arrive(log)
    before = everywhere("ada")

    counts = erased("ada-2")

    assert everywhere("ada") == []
    assert before == [table for table in TABLES if table not in NAMELESS]
    assert stored("session_lanes", "sessionKey") == []
    assert counts == {
        "events": 1,
        "bot_events": 1,
        "sessions": 1,
        "profile_changes": 2,
        "profile_sightings": 2,
        "identity_links": 2,
        "group_members": 1,
        "persons": 3,
        "profiles": 1,
    }


def test_days_that_were_summed_up_with_events_of_the_person_are_summed_up_again(log: Log) -> None:
    for day, device in ((0, "ada-phone"), (1, "ada-phone"), (1, "bobs"), (2, "bobs")):
        send({"name": "seen", "deviceId": device, "timestamp": NOON + day * DAY}, by=sender(NOON + 3 * DAY))
    say(traits("ada", deviceId="ada-phone"))
    arrive(log)
    after = datetime.fromtimestamp(NOON / 1000, UTC) + timedelta(days=4)
    assert days.roll_up(log, after, quiet_ms=0).count == 4
    long_after = int(time.time() * 1000) + DAY
    long_after_it = wish("ada", long_after)  # so that days go for the person's sake alone
    work_off()

    left = [(day.start, day.mark) for day in closed_days.summed(log, "shop")]
    arrive(log)

    long_after_it.refresh_from_db()
    assert long_after_it.state == "finished"
    assert [start for start, _ in left] == [NOON + 3 * DAY // 2, NOON + 5 * DAY // 2]
    assert stored("day_numbers", "generation") == sorted(mark for _, mark in left)
    assert rows("SELECT people FROM day_people") == [([person_key("d", "bobs")],)]
    assert stored("person_numbers", "key") == [person_key("d", "bobs")]
    assert days.roll_up(log, after, quiet_ms=0).count == 1  # the other one has no event of anybody before it
    assert rows("SELECT sum(events), sum(sessions), sum(keys) FROM day_numbers") == [(2, 2, 2)]

    send({"name": "again", "deviceId": "ada-phone", "timestamp": NOON + DAY}, by=sender(long_after + DAY))
    arrive(log)
    days.roll_up(log, after, quiet_ms=0)
    assert set(stored("person_numbers", "key")) == {person_key("d", "bobs"), person_key("d", "ada-phone")}


def test_what_still_waits_in_the_log_goes_too(log: Log) -> None:
    say(traits("ada", deviceId="d1"))
    send({"name": "waits", "deviceId": "d1", "timestamp": NOON})

    one = wish("ada")
    erasure.work()
    one.refresh_from_db()
    before = one.state
    arrive(log)
    work_off()

    assert before == "draining"
    assert stored("events", "name") == []
    assert everywhere("ada") == []


def test_what_arrives_after_the_wish_is_a_new_persons(log: Log) -> None:
    send({"name": "old", "deviceId": "d1", "profileId": "ada", "timestamp": NOON})
    say(traits("ada", firstName="Ada"))
    wish("ada", NOON + SECOND)
    later = sender(NOON + 2 * SECOND)
    send({"name": "new", "deviceId": "d1", "profileId": "ada", "timestamp": NOON}, by=later)
    say(traits("ada", plan="pro"), by=later)
    arrive(log)

    work_off()
    arrive(log)

    assert stored("events", "name") == ["new"]
    assert rows("SELECT events FROM sessions FINAL") == [(1,)]
    assert rows("SELECT profileId, traits FROM profiles FINAL") == [("ada", {"plan": '"pro"'})]
    assert stored("profile_sightings", "profileId") == ["ada"]


def test_others_on_a_shared_device_keep_their_own_events_and_their_sessions_are_cut_again(log: Log) -> None:
    send(
        {"name": "a1", "deviceId": "kiosk", "profileId": "ada", "timestamp": NOON},
        {"name": "anonymous", "deviceId": "kiosk", "timestamp": NOON + MINUTE},
        {"name": "b1", "deviceId": "kiosk", "profileId": "bob", "timestamp": NOON + 2 * MINUTE},
        {"name": "b2", "deviceId": "kiosk", "profileId": "bob", "timestamp": NOON + 5 * MINUTE},
    )
    arrive(log)

    counts = erased("ada")
    arrive(log)

    assert counts["events"] == 2  # the anonymous one was hers: her link to the device is the earliest
    assert stored("events", "name") == ["b1", "b2"]
    assert rows("SELECT profileId, events, duration FROM sessions FINAL") == [("bob", 2, 180.0)]
    assert rows("SELECT id, personId FROM persons FINAL") == [("kiosk", "bob")]


def test_a_person_who_came_second_takes_only_their_own_events_along(log: Log) -> None:
    send(
        {"name": "a1", "deviceId": "kiosk", "profileId": "ada", "timestamp": NOON},
        {"name": "anonymous", "deviceId": "kiosk", "timestamp": NOON + MINUTE},
        {"name": "b1", "deviceId": "kiosk", "profileId": "bob", "timestamp": NOON + 2 * MINUTE},
    )
    arrive(log)

    erased("bob")
    arrive(log)

    assert stored("events", "name") == ["a1", "anonymous"]
    assert rows("SELECT toId FROM identity_links FINAL") == [("ada",)]
    assert rows("SELECT id, personId FROM persons FINAL") == [("kiosk", "ada")]


def test_another_project_keeps_its_person_of_the_same_id(log: Log) -> None:
    other = project("other")
    send({"name": "a", "deviceId": "d1", "profileId": "ada", "timestamp": NOON})
    new_project("other")
    send({"name": "b", "deviceId": "d1", "profileId": "ada", "timestamp": NOON}, of=other)
    arrive(log)

    erased("ada")

    for table in ("events", "sessions", "profile_sightings", "identity_links", "persons"):
        assert stored(table, "projectId") == ["other"], table


def test_a_link_that_was_known_to_a_worker_is_stored_again_for_the_new_person(log: Log) -> None:
    event = {"name": "x", "deviceId": "d1", "profileId": "ada"}
    send(event)
    arrive(log)
    erased("ada")

    send(event, by=sender(LATER))
    arrive(log)

    assert rows("SELECT fromId, toId FROM identity_links") == [("d1", "ada")]


def test_questions_do_not_join_the_device_to_anybody_any_more(log: Log) -> None:
    send({"name": "x", "deviceId": "d1", "profileId": "ada", "timestamp": NOON})
    arrive(log)
    erased("ada")
    send({"name": "y", "deviceId": "d1"}, by=sender(LATER))
    arrive(log)

    sql = people.person_sql("shop")
    found = client.query(Sql(f"SELECT {sql.text} = xxHash64('dd1') AS isItself FROM events", sql.params))

    assert found == [{"isItself": 1}]


def test_a_retry_of_an_erased_event_does_not_bring_it_back(log: Log) -> None:
    event = {"name": "x", "deviceId": "d1", "profileId": "ada", "eventId": "e1", "timestamp": NOON}
    send(event)
    arrive(log)
    erased("ada")

    [answer] = send(event, by=sender(LATER))
    arrive(log)

    assert answer.is_duplicate
    assert stored("events", "name") == []


def test_what_is_in_quarantine_goes_and_is_counted(log: Log) -> None:
    event = drafted(name="bad", profileId="ada", timestamp=NOON)
    for _ in range(2):
        log.xadd(stream.QUARANTINE, {"reason": "x", "project": "shop", "event": msgspec.msgpack.encode(event)})

    assert erased("ada") == {"quarantine": 2}
    assert not QuarantinedEvent.objects.exists()
