"""What ingestion needs besides the stores: a process that remembers nothing of earlier tests."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings

from analytics import directory
from analytics.request_counts import counts
from ingestion.door import devices, overload
from ingestion.storing import links
from tests.analytics.factories import new_client, new_project
from tests.ingestion.door.doors import AtOnce, Door, Loop, Views


@pytest.fixture
def log(store: "redis.Redis") -> Iterator["redis.Redis"]:
    """An empty Redis, seen by a process that has just started."""
    devices.cache.forget()
    overload.redis_memory.forget()
    links.known.forget()
    directory.forget()
    counts.forget()
    yield store
    devices.cache.forget()


@pytest.fixture(scope="session")
def event_loop_door(django_db_setup: None) -> Iterator[Loop]:
    loop = Loop().start()
    yield loop
    loop.stop()


@pytest.fixture
def remembering_loop(
    db: None, event_loop_door: Loop, log: "redis.Redis", configure: Callable[..., None]
) -> Iterator[Loop]:
    """It remembers clients and need not count: only who comes first is looked up by a thread."""
    configure(client_cache_seconds=60, ingest_requests_per_minute=0)
    directory.forget()
    event_loop_door.forget()
    new_client("write", new_project("shop"))
    counts.forget()
    yield event_loop_door
    counts.forget()


@pytest.fixture(params=["views", "event loop", "at once"])
def door(request: pytest.FixtureRequest, configure: Callable[..., None]) -> Door:
    """Each of the entrances in turn: what holds for one holds for the others."""
    if request.param == "views":
        return Views()
    loop: Loop = request.getfixturevalue("event_loop_door")
    loop.forget()
    if request.param == "event loop":
        return loop
    configure(client_cache_seconds=5, ingest_requests_per_minute=0)
    return AtOnce(loop)


@pytest.fixture
def shop(db: None) -> None:
    """The project that events of these tests belong to."""
    new_project("shop")


@pytest.fixture
def configure(settings: Any) -> Callable[..., None]:
    """Change fields of settings.EVENTLENS for this test."""

    def change(**fields: Any) -> None:
        settings.EVENTLENS = replace(django_settings.EVENTLENS, **fields)

    return change
