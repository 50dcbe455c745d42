"""Which device and which session an event is given at the door."""

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from eventlens.api import Unavailable
from ingestion.door.accept import present_device, visitor
from ingestion.log import stream
from ingestion.wire.contract import read_one
from ingestion.wire.drafts import draft
from tests.ingestion.factories import HOUR, MINUTE, NOON, logged, project, send, sender, track
from tests.servers import free_port

MIDNIGHT = 1_717_200_000_000  # 2024-06-01T00:00:00Z


# Sessions: (device, minute) of events in the order of their arrival, and which of them share a session.
SESSIONS = [
    ("a pause of the timeout goes on", [("d", 0), ("d", 30)], [0, 0]),
    ("a longer pause begins anew", [("d", 0), ("d", 30.001)], [0, 1]),
    ("another device is another session", [("d", 0), ("e", 1)], [0, 1]),
    ("each event prolongs it", [("d", 0), ("d", 20), ("d", 40), ("d", 60)], [0, 0, 0, 0]),
    ("what comes late belongs where its time is", [("d", 0), ("d", 20), ("d", 10)], [0, 0, 0]),
    ("what happened long before stands alone", [("d", 0), ("d", -600), ("d", 1)], [0, 1, 0]),
]


@pytest.mark.parametrize(("arrivals", "groups"), [case[1:] for case in SESSIONS], ids=[case[0] for case in SESSIONS])
def test_the_live_session(log: "redis.Redis", arrivals: list[tuple[str, float]], groups: list[int]) -> None:
    ids = [
        send({"deviceId": device, "timestamp": NOON + int(minute * MINUTE)}, by=sender(NOON + HOUR))[0].session_id
        for device, minute in arrivals
    ]

    assert [sorted(set(ids), key=ids.index).index(one) for one in ids] == groups


def test_a_session_is_named_by_project_device_and_start(log: "redis.Redis") -> None:
    # Literal values of xxHash64("shop|d1|1717156800000") and of the start moved back by a late event.
    [first] = send({"deviceId": "d1"})
    [later] = send({"deviceId": "d1"}, by=sender(NOON + MINUTE))
    [late] = send({"deviceId": "d1", "timestamp": NOON - MINUTE}, by=sender(NOON + MINUTE))

    assert first.session_id == "d08c5faf085cb829"
    assert later.session_id == "d08c5faf085cb829"
    assert late.session_id == "41e1ab699d53c4b2"


def test_the_clients_own_session_wins_and_leaves_the_live_one_alone(log: "redis.Redis") -> None:
    [given] = send({"deviceId": "d1", "sessionId": "mine"})
    [live] = send({"deviceId": "d1"}, by=sender(NOON + MINUTE))

    assert given.session_id == "mine"
    assert [event.session_id for event in logged(log)] == ["mine", ""]
    assert live.session_id == "cea254dd79bbf960"


def test_a_visitor_without_a_device_is_recognised_by_address_and_user_agent(log: "redis.Redis") -> None:
    [first] = send({})
    [second] = send({}, by=sender(NOON + MINUTE))
    [other_address] = send({}, by=sender(address="203.0.113.8"))
    [other_browser] = send({}, by=sender(user_agent="curl/8.5.0"))
    [other_project] = send({}, of=project("blog"))

    assert second.device_id == first.device_id
    devices = {one.device_id for one in (first, other_address, other_browser, other_project)}
    assert len(devices) == 4
    assert all(len(device) == 16 for device in devices)


def test_a_visitor_is_somebody_else_tomorrow(log: "redis.Redis") -> None:
    [today] = send({}, by=sender(MIDNIGHT - 2 * HOUR))
    [tomorrow] = send({}, by=sender(MIDNIGHT + HOUR))

    assert today.device_id != tomorrow.device_id


def test_a_visitor_whose_days_salt_cannot_be_asked_for_is_told_to_come_back(
    log: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = draft(read_one(track()), project(), sender())
    monkeypatch.setattr(stream, "store", lambda: redis.Redis(port=free_port(), retry=Retry(NoBackoff(), 0)))

    with pytest.raises(Unavailable):
        visitor(waiting)


def test_midnight_cuts_no_session_in_two(log: "redis.Redis") -> None:
    [before] = send({}, by=sender(MIDNIGHT - MINUTE))
    [after] = send({}, by=sender(MIDNIGHT + MINUTE))
    [next_one] = send({}, by=sender(MIDNIGHT + 20 * MINUTE))
    [later] = send({}, by=sender(MIDNIGHT + 3 * HOUR))

    assert (after.device_id, after.session_id) == (before.device_id, before.session_id)
    assert (next_one.device_id, next_one.session_id) == (before.device_id, before.session_id)
    assert later.device_id != before.device_id
    assert {event.device_id for event in logged(log)} == {before.device_id, later.device_id}


def test_midnight_changes_no_device_of_a_session_that_the_client_names(log: "redis.Redis") -> None:
    [before] = send({"sessionId": "mine"}, by=sender(MIDNIGHT - MINUTE))
    [after] = send({"sessionId": "mine"}, by=sender(MIDNIGHT + MINUTE))

    assert after.device_id == before.device_id


def test_the_device_that_is_asked_for_is_the_one_that_the_next_event_gets(log: "redis.Redis") -> None:
    device_id, session_id = present_device(project(), sender())
    [event] = send({})

    assert (device_id, session_id) == (event.device_id, "")
    assert present_device(project(), sender(NOON + MINUTE)) == (event.device_id, event.session_id)
