"""Over a mark events are refused with a time to come back, and taken again by themselves when there is room."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from analytics.request_counts import counts
from eventlens.api import Unavailable
from ingestion.door import devices, overload
from ingestion.door.overload import Memory
from ingestion.log import stream
from ingestion.storing import drain
from tests.analytics.factories import headers, new_client, new_project
from tests.ingestion.door.doors import Door, Http
from tests.ingestion.factories import logged, send, track
from tests.ingestion.stored import names
from tests.servers import free_port

pytestmark = pytest.mark.django_db
Log = redis.Redis
FULL = {
    "error": "Service Unavailable",
    "message": "Too many events wait to be stored; send them again later.",
    "details": [],
}


@pytest.fixture(autouse=True)
def unlimited(log: Log) -> Iterator[None]:
    overload.redis_memory.forget()
    yield
    log.config_set("maxmemory", 0)
    overload.redis_memory.forget()


@pytest.fixture
def http(log: Log, door: Door) -> Http:
    new_client("write", new_project("shop"))
    return door.client(headers("write"))


def post(http: Http, name: str) -> Any:
    return http.post("/track", track(name=name), content_type="application/json")


def fill(log: Log) -> None:
    """Redis is nine tenths full."""
    log.config_set("maxmemory", int(log.info("memory")["used_memory"] / 0.9))
    overload.redis_memory.due = 0.0


def empty(log: Log) -> None:
    log.config_set("maxmemory", 0)
    overload.redis_memory.due = 0.0


@pytest.mark.usefixtures("clickhouse")
def test_a_full_log_takes_events_again_when_there_is_room(
    http: Http, log: Log, configure: Callable[..., None]
) -> None:
    configure(queue_max_entries=2)
    assert [post(http, name).status_code for name in "ab"] == [200, 200]

    refused = post(http, "c")
    assert (refused.status_code, refused.headers["Retry-After"], refused.json()) == (503, "5", FULL)
    assert http.get("/health").status_code == 200
    assert [event.name for event in logged(log)] == ["a", "b"]

    drain.drain(0)
    assert post(http, "d").status_code == 200
    drain.drain(0)
    assert names() == ["a", "b", "d"]


def test_a_full_shard_leaves_nothing_of_a_batch_behind(log: Log, configure: Callable[..., None]) -> None:
    new_project("shop")
    configure(stream_shards=2, queue_max_entries=1)
    send({"deviceId": "d1"})  # one shard has its entry now

    with pytest.raises(Unavailable):
        send({"deviceId": "d1", "eventId": "e1"}, *[{"deviceId": f"d{n}", "eventId": f"e{n}"} for n in range(2, 20)])

    assert [len(logged(log, shard)) for shard in (0, 1)] in ([1, 0], [0, 1])
    assert log.keys("eventlens:event:*") == []


def test_other_shards_go_on(log: Log, configure: Callable[..., None]) -> None:
    configure(stream_shards=2, queue_max_entries=1)
    send({"deviceId": "d1"})
    taken = 1
    for number in range(2, 10):
        try:
            send({"deviceId": f"d{number}"})
            taken += 1
        except Unavailable:
            pass

    assert taken == 2
    assert [len(logged(log, shard)) for shard in (0, 1)] == [1, 1]


def test_a_redis_over_its_mark_takes_events_again_when_there_is_room(http: Http, log: Log) -> None:
    assert post(http, "a").status_code == 200

    fill(log)
    refused = post(http, "b")
    assert (refused.status_code, refused.headers["Retry-After"], refused.json()) == (503, "5", FULL)
    assert http.get("/health").status_code == 200

    empty(log)
    assert post(http, "c").status_code == 200
    assert [event.name for event in logged(log)] == ["a", "c"]


@pytest.mark.usefixtures("clickhouse", "shop")
def test_what_waits_is_stored_over_the_mark(log: Log) -> None:
    send({"name": "a"})
    fill(log)

    drain.drain(0)

    assert names() == ["a"]


def test_one_request_a_second_looks(log: Log) -> None:
    memory = Memory()
    log.config_resetstat()

    for tenth in range(30):
        memory.check(log, 100 + tenth / 10)

    assert log.info("commandstats")["cmdstat_info"]["calls"] == 3


def test_without_a_limit_of_its_own_redis_may_use_its_machine(log: Log) -> None:
    used, most = overload.memory(log)

    assert 100_000 < used < 1_000_000_000 < most


def test_a_redis_that_does_not_answer_is_asked_by_each_request(log: Log) -> None:
    memory = Memory()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        away = redis.Redis(port=silent.getsockname()[1], socket_timeout=0.1, retry=Retry(NoBackoff(), 0))
        for _ in range(2):
            with pytest.raises(redis.TimeoutError):
                memory.check(away, 100.0)

        for _ in range(2):
            silent.accept()[0].close()  # one caller for each request
    memory.check(log, 100.0)


@pytest.mark.parametrize("path", ["/track", "/track/batch", "/track/device-id"])
def test_without_redis_senders_come_back_and_health_answers(
    http: Http, configure: Callable[..., None], settings: Any, path: str
) -> None:
    there, nowhere = settings.EVENTLENS.redis_url, f"redis://127.0.0.1:{free_port()}/0"
    configure(redis_url=nowhere)
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": nowhere}}
    stream.store.cache_clear()
    stream.script.cache_clear()
    devices.cache.forget()
    counts.forget()
    try:
        refused = send_to(http, path)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert refused.json()["error"] == "Service Unavailable"
        assert http.get("/health").status_code == 200
    finally:
        configure(redis_url=there)
        stream.store.cache_clear()
        stream.script.cache_clear()

    assert send_to(http, path).status_code == 200


def send_to(http: Http, path: str) -> Any:
    if path == "/track/device-id":
        return http.get(path)
    body = track() if path == "/track" else b'{"events": [%s]}' % track()
    return http.post(path, body, content_type="application/json")
