"""Questions over HTTP: a project with one client of each type, seen by a process that has just started."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis
from django.test import Client as Http

from analytics import directory
from eventlens import short_memory
from eventlens.clickhouse import client, people
from eventlens.clickhouse.sql import Sql
from ingestion.door import devices
from ingestion.storing import links
from tests.analytics.factories import headers, new_client, new_project
from tests.insights.senders import Senders

Ask = Callable[..., Any]


@pytest.fixture
def shop(db: None, clickhouse_process: object) -> str:
    """The id of a project without events; `game` is somebody else's."""
    directory.forget()
    project = new_project("shop", timezone="Europe/Berlin")
    for kind in ("root", "read", "write"):
        new_client(kind, project)
    new_client("root", new_project("game"), id="foreign")
    return project.id


@pytest.fixture
def senders(shop: str, clickhouse: None, store: "redis.Redis") -> Iterator[Senders]:
    """Who sends to the shop, of which nothing is stored yet; afterwards nobody is anybody else any more."""
    devices.cache.forget()
    links.known.forget()
    yield Senders(store)
    client.command(Sql("TRUNCATE TABLE persons"))
    people.refresh()
    people.forget()


@pytest.fixture
def keeping(settings: Any, senders: Senders) -> Iterator[Senders]:
    """The same, in an installation that keeps answers."""
    settings.EVENTLENS = replace(settings.EVENTLENS, answers_kept_seconds=600)
    short_memory.Pause.until = 0.0
    yield senders
    short_memory.Pause.until = 0.0


@pytest.fixture
def ask(shop: str) -> Ask:
    """GET an address of the shop as its root client; a body makes it a POST."""

    def send(path: str, query: dict[str, str] | None = None, body: Any = None, client: str = "root") -> Any:
        http, sent = Http(), headers(client)
        if body is None:
            return http.get(path, query or {}, headers=sent)
        return http.post(path, body, content_type="application/json", query_params=query, headers=sent)

    return send
