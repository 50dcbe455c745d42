"""What is said about persons goes through the door and the log like an event, and is stored once."""

import threading
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import redis

from analytics.directory import find_project
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.log import marks, stream
from ingestion.storing import drain, links
from ingestion.wire.signals import AHEAD, HEADLESS, NO_LANGUAGE, ROBOT
from tests.ingestion.factories import (
    CRAWLER,
    HOUR,
    MINUTE,
    NOON,
    drafted,
    item,
    say,
    send,
    sender,
    track,
)
from tests.ingestion.stored import held
from tests.ingestion.storing.test_exactly_once import insert_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse", "shop")]
Log = redis.Redis


def rows(columns: str, table: str, final: str = "") -> list[tuple[Any, ...]]:
    found = client.query(Sql(f"SELECT {columns} FROM {table} {final} ORDER BY ALL"))
    return [tuple(row.values()) for row in found]


def test_traits_are_stored_as_they_were_said(log: Log) -> None:
    say(
        item("identify", profileId="p", deviceId="d", email="a@b.c", properties={"seats": 3, "plan": None}),
        item("increment", profileId="p", property="visits"),
        item("decrement", profileId="p", property="visits", value=0.25),
    )

    drain.drain(0)

    assert [(*row[:3], str(row[3])) for row in rows("key, kind, value, amount", "profile_changes")] == [
        ("email", "set", '"a@b.c"', "0"),
        ("plan", "remove", "", "0"),
        ("seats", "set", "3", "3"),
        ("visits", "add", "", "-0.25"),
        ("visits", "add", "", "1"),
    ]
    assert log.xlen(stream.log_key(0)) == 0


def test_large_numbers_keep_all_their_places(log: Log) -> None:
    say(item("identify", profileId="p", a=10**19 + 1, b=10**20 - 1, c=10**20, d="12345678901234567890.123456789"))

    drain.drain(0)

    assert [(key, str(amount)) for key, amount in rows("key, amount", "profile_changes")] == [
        ("a", "10000000000000000001"),
        ("b", "99999999999999999999"),
        ("c", "0"),
        ("d", "12345678901234567890.123456789"),
    ]


def test_the_answer_has_the_shape_of_an_events_and_leaves_the_session_alone(log: Log) -> None:
    [event] = send({"deviceId": "d"})
    [during] = say(item("identify", profileId="p", deviceId="d", eventId="e"), by=sender(NOON + MINUTE))
    [repeat] = say(item("identify", profileId="p", deviceId="d", eventId="e"), by=sender(NOON + MINUTE))
    [after] = say(item("identify", profileId="p", deviceId="d", eventId="f"), by=sender(NOON + HOUR))
    [again] = say(item("identify", profileId="p", deviceId="d", eventId="f"), by=sender(NOON + HOUR))

    assert (during.event_id, during.device_id, during.session_id) == ("e", "d", event.session_id)
    assert (repeat.is_duplicate, repeat.session_id) == (True, event.session_id)
    assert (after.is_duplicate, after.session_id) == (False, "")
    assert (again.is_duplicate, again.session_id) == (True, "")
    assert log.xlen(stream.log_key(0)) == 3


def test_a_replay_is_answered_and_not_kept(log: Log) -> None:
    [answer] = say(item("replay", chunk_index=0, payload="…"))

    assert len(answer.device_id) == 16
    assert log.xlen(stream.log_key(0)) == 0


def test_a_repeated_batch_stores_and_marks_once(log: Log) -> None:
    say(item("increment", profileId="p", property="n"), item("alias", profileId="p", alias="q"), track(deviceId="d"))
    dead = held()
    batch = dead.fresh()
    assert batch is not None
    insert_all(dead, batch)
    log.delete(stream.lock_key(0))

    drain.drain(0)

    assert rows("count()", "profile_changes") == [(1,)]
    assert log.smembers(marks.marked_key(marks.PROFILES, "shop")) == {b"p"}
    assert len(log.smembers(marks.marked_key(marks.PERSONS, "shop"))) == 2
    assert log.smembers(marks.projects_key(marks.PERSONS)) == {b"shop"}


def test_eight_workers_at_once_add_exactly(log: Log, configure: Callable[..., None]) -> None:
    # The threads cannot see the database of this test's transaction; they find the project remembered.
    configure(batch_entries=7, flush_interval_ms=0, client_cache_seconds=600)
    find_project("shop")
    for _ in range(60):
        say(*[item("increment", profileId="p", property="n", value=0.1)] * 10)

    def drain_until_empty() -> None:
        while log.xlen(stream.log_key(0)):
            drain.drain(0)

    workers = [threading.Thread(target=drain_until_empty) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert rows("toString(sum(amount)), count()", "profile_changes") == [("60", 600)]


def test_events_with_device_and_profile_link_them_since_the_earliest(log: Log) -> None:
    send({"deviceId": "d", "profileId": "p"}, {"deviceId": "d", "profileId": "p", "timestamp": NOON - HOUR})
    drain.drain(0)
    send({"deviceId": "d", "profileId": "p"}, by=sender(NOON + MINUTE))
    drain.drain(0)
    send({"deviceId": "d", "profileId": "p", "timestamp": NOON - 2 * HOUR}, by=sender(NOON + MINUTE))
    drain.drain(0)

    assert rows("kind, fromId, toId, toUnixTimestamp64Milli(linkedAt)", "identity_links", "FINAL") == [
        ("device", "d", "p", NOON - 2 * HOUR)
    ]
    assert rows("profileId, toUnixTimestamp64Milli(firstSeenAt)", "profile_sightings", "FINAL") == [
        ("p", NOON - 2 * HOUR)
    ]


def test_a_link_that_is_known_is_not_stored_again(log: Log) -> None:
    for minute in range(3):
        send({"deviceId": "d", "profileId": "p"}, by=sender(NOON + minute * MINUTE))
        drain.drain(0)

    assert len(links.known.earliest) == 1
    assert log.scard(marks.marked_key(marks.PERSONS, "shop")) == 1


def test_nobody_a_bot_and_a_silent_back_end_link_nothing(log: Log) -> None:
    send({"deviceId": "d", "profileId": "null"}, {"deviceId": "d"})
    send({"profileId": "p"}, by=sender(user_agent=CRAWLER))
    send({"profileId": "p"}, by=sender(user_agent="python-requests/2.31", by_secret=True))
    say(item("identify", profileId="q"), by=sender(user_agent="", by_secret=True))
    say(item("alias", profileId="q", alias="q"))

    drain.drain(0)

    assert rows("toId", "identity_links") == []


@pytest.mark.parametrize("signal", [AHEAD, HEADLESS, ROBOT, NO_LANGUAGE])
def test_who_only_poses_as_a_browser_says_of_a_person_what_it_likes_but_links_no_device(
    log: Log, signal: str
) -> None:
    poser = sender(signals=signal)
    say(item("identify", profileId="q", plan="pro"), by=poser)
    say(item("identify", profileId="r", deviceId="named"), by=poser)

    drain.drain(0)

    assert rows("fromId, toId", "identity_links") == [("named", "r")]
    assert rows("profileId, key", "profile_changes") == [("q", "plan")]


def test_a_back_end_that_names_a_device_and_a_browser_that_does_not_link(log: Log) -> None:
    say(item("identify", profileId="p", deviceId="d"), by=sender(user_agent="", by_secret=True))
    [browser] = say(item("identify", profileId="q"))

    drain.drain(0)

    assert rows("fromId, toId", "identity_links") == sorted([("d", "p"), (browser.device_id, "q")])


def test_groups_and_their_members_are_stored(log: Log) -> None:
    say(
        item("group", id="acme", type="company", name="Acme"),
        item("assign_group", groupIds=["acme"], profileId="p"),
        item("assign_group", groupIds=["acme"], deviceId="d"),
    )

    drain.drain(0)

    assert rows("groupId, key, value", "group_changes") == [("acme", "name", '"Acme"'), ("acme", "type", '"company"')]
    assert rows("groupId, profileId, deviceId", "group_members") == [("acme", "", "d"), ("acme", "p", "")]


def test_entries_of_an_older_release_still_decode(log: Log) -> None:
    event = drafted(name="old", deviceId="d")
    fields = msgspec.to_builtins(event)[:-1]
    log.xadd(stream.log_key(0), {"e": msgspec.msgpack.encode([fields])})

    drain.drain(0)

    assert rows("name", "events") == [("old",)]
