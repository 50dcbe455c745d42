"""The door: repeats, devices, sessions, and the log behind it."""

from collections.abc import Callable

import pytest
import redis

from eventlens.api import Unavailable
from ingestion.door import overload
from ingestion.log import stream
from tests.ingestion.factories import DAY, HOUR, NOON, logged, project, send, sender


def test_events_of_a_request_stand_in_the_log_as_one_entry(log: "redis.Redis") -> None:
    accepted = send({"name": "open", "deviceId": "d1"}, {"name": "buy", "deviceId": "d2"})

    assert log.xlen("eventlens:log:0") == 1
    assert [(event.name, event.device_id) for event in logged(log)] == [("open", "d1"), ("buy", "d2")]
    assert [event.event_id for event in logged(log)] == [one.event_id for one in accepted]


def test_an_event_without_an_id_gets_one_and_is_never_taken_for_a_repeat(log: "redis.Redis") -> None:
    [first] = send({"deviceId": "d1"})
    [second] = send({"deviceId": "d1"})

    assert first.event_id != second.event_id
    assert (first.is_duplicate, second.is_duplicate) == (False, False)
    assert len(logged(log)) == 2


def test_a_repeated_event_id_is_answered_as_the_first_was_and_stored_once(log: "redis.Redis") -> None:
    [first] = send({"eventId": "e1", "deviceId": "d1", "sessionId": "s1"})
    [second] = send({"eventId": "e1", "deviceId": "other", "sessionId": "other"}, by=sender(NOON + HOUR))

    assert (second.event_id, second.device_id, second.session_id) == ("e1", "d1", "s1")
    assert (first.is_duplicate, second.is_duplicate) == (False, True)
    assert [event.created_ms for event in logged(log)] == [NOON]


def test_a_repeat_of_a_cookieless_event_from_another_address_keeps_its_device_and_session(
    log: "redis.Redis",
) -> None:
    [first] = send({"eventId": "e1"})
    [second] = send({"eventId": "e1"}, by=sender(NOON + HOUR, address="198.51.100.1"))

    assert (second.device_id, second.session_id) == (first.device_id, first.session_id)


def test_the_second_of_two_equal_event_ids_in_one_batch_is_the_repeat(log: "redis.Redis") -> None:
    first, second = send({"eventId": "e1", "name": "a"}, {"eventId": "e1", "name": "b"})

    assert (first.is_duplicate, second.is_duplicate) == (False, True)
    assert [event.name for event in logged(log)] == ["a"]


def test_event_ids_of_different_projects_have_nothing_to_do_with_each_other(log: "redis.Redis") -> None:
    send({"eventId": "e1"}, of=project("shop"))
    [other] = send({"eventId": "e1"}, of=project("blog"))

    assert other.is_duplicate is False
    assert len(logged(log)) == 2


def test_a_request_of_repeats_alone_appends_nothing(log: "redis.Redis") -> None:
    send({"eventId": "e1"})
    send({"eventId": "e1"})

    assert log.xlen("eventlens:log:0") == 1


def test_an_adjusted_time_is_remembered_for_the_repeat(log: "redis.Redis") -> None:
    send({"eventId": "e1", "timestamp": NOON + DAY})
    [second] = send({"eventId": "e1", "timestamp": NOON + DAY}, by=sender(NOON + 2 * DAY))

    assert (second.is_duplicate, second.is_adjusted) == (True, True)


def test_an_event_id_is_remembered_for_two_days(log: "redis.Redis") -> None:
    send({"eventId": "e1", "deviceId": "d1", "sessionId": "s1"})

    [key] = log.keys("eventlens:event:*")
    assert 172_700 < log.ttl(key) <= 172_800


def test_a_window_for_identical_bodies_drops_the_second_of_the_same_device(log: "redis.Redis") -> None:
    of = project(duplicate_window_ms=5000)
    [first] = send({"deviceId": "d1", "name": "buy"}, of=of)
    [second] = send({"deviceId": "d1", "name": "buy"}, of=of)
    [other] = send({"deviceId": "d1", "name": "buy", "path": "/x"}, of=of)

    assert (second.event_id, second.is_duplicate) == (first.event_id, True)
    assert other.is_duplicate is False


def test_identical_bodies_of_two_visitors_are_two_events(log: "redis.Redis") -> None:
    of = project(duplicate_window_ms=5000)
    send({"name": "buy"}, of=of)
    [second] = send({"name": "buy"}, of=of, by=sender(address="198.51.100.1"))

    assert second.is_duplicate is False


def test_the_first_event_in_a_quiet_log_wakes_a_drain_and_the_second_does_not(log: "redis.Redis") -> None:
    send({"deviceId": "d1"})
    send({"deviceId": "d1"})

    assert log.llen("eventlens:celery:eventlens") == 1


def test_events_of_one_device_go_to_one_shard_and_those_of_many_to_all(
    log: "redis.Redis", configure: Callable[..., None]
) -> None:
    configure(stream_shards=4)
    send(*[{"deviceId": f"d{number % 20}", "name": f"n{number}"} for number in range(60)])

    found = [{event.device_id for event in logged(log, shard)} for shard in range(4)]
    assert all(found)
    assert sum(map(len, found)) == len(set.union(*found)) == 20
    assert log.llen("eventlens:celery:eventlens") == 4


@pytest.mark.parametrize(
    ("policy", "address", "kept"),
    [
        ("geo", "203.0.113.7", "203.0.113.7"),
        ("keep", "203.0.113.7", "203.0.113.7"),
        ("truncate", "203.0.113.7", "203.0.113.0"),
        ("truncate", "2001:db8:1:2:3::7", "2001:db8:1::"),
        ("truncate", "", ""),
        ("drop", "203.0.113.7", ""),
    ],
)
def test_the_log_holds_of_an_address_what_the_policy_allows(
    log: "redis.Redis", policy: str, address: str, kept: str
) -> None:
    send({}, of=project(address_policy=policy), by=sender(address=address))

    assert [event.address for event in logged(log)] == [kept]


def test_a_full_redis_is_unavailable_and_takes_nothing(log: "redis.Redis") -> None:
    log.config_set("maxmemory", "1")
    try:
        with pytest.raises(Unavailable):
            send({"eventId": "e1"})
    finally:
        log.config_set("maxmemory", "0")
        overload.redis_memory.forget()

    [accepted] = send({"eventId": "e1"})
    assert accepted.is_duplicate is False
    assert len(logged(log)) == 1


def test_scripts_survive_that_redis_forgets_them(log: "redis.Redis") -> None:
    send({})
    log.script_flush()
    send({})

    assert len(logged(log)) == 2


def test_a_batch_of_thousands_is_one_entry(log: "redis.Redis") -> None:
    send(*[{"deviceId": f"d{number}", "eventId": str(number)} for number in range(3000)])

    assert log.xlen(stream.log_key(0)) == 1
    assert len(logged(log)) == 3000
