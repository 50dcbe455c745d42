"""The stores that tests may ask for. A test that asks for none reaches none: no server is up then."""

import atexit
import logging
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.core.management import call_command

from eventlens import metrics
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from tests import plugin, servers

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a request would bury what a failed test says

TABLES = (
    "events",
    "bot_events",
    "sessions",
    "session_lanes",
    "profile_changes",
    "profile_sightings",
    "identity_links",
    "persons",
    "profiles",
    "group_changes",
    "group_members",
    "cohort_members",
    "cohort_generations",
    "day_numbers",
    "day_people",
    "person_numbers",
)
WITH_PARTS = """
    SELECT DISTINCT table
    FROM system.parts
    WHERE database = currentDatabase() AND active AND table IN {tables:Array(String)}
"""


def pytest_configure() -> None:
    # Each test client begins by reading all static files, unless they are looked for when asked for.
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="session")
def redis_process() -> Iterator[servers.Server]:
    server = servers.redis_server(plugin.REDIS_PORT).start()
    server.wait_for(lambda: servers.listens(plugin.REDIS_PORT))
    yield server
    metrics.untold.tell()
    atexit.unregister(metrics.untold.tell)  # nobody is left to be told, which would be a warning at the very end
    server.remove()


@pytest.fixture
def store(redis_process: servers.Server) -> Iterator["redis.Redis"]:
    """An empty Redis of our own."""
    with redis.Redis.from_url(settings.EVENTLENS.redis_url) as connection:
        connection.flushall()
        yield connection


@pytest.fixture(scope="session")
def clickhouse_process() -> Iterator[servers.Server]:
    server = servers.clickhouse_server(plugin.CLICKHOUSE_PORT).start()
    server.wait_for(lambda: servers.listens(plugin.CLICKHOUSE_PORT))
    call_command("clickhouse_migrate", verbosity=0)
    yield server
    server.remove()


@pytest.fixture
def clickhouse(clickhouse_process: servers.Server) -> None:
    """A migrated ClickHouse without events. Most tables are empty; emptying them too takes three times as long."""
    for row in client.query(Sql(WITH_PARTS, {"tables": list(TABLES)})):
        client.command(Sql(f"TRUNCATE TABLE {row['table']}"))
