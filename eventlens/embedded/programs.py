"""The parts of the single-machine product: one row each, with its command and its place in the order."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from eventlens.config import Config
from eventlens.embedded import redis_server
from eventlens.embedded.preflight import Port
from eventlens.queues import CHORES, STORING

PYTHON = sys.executable

# The groups in the order in which they are stopped: nothing new comes in, then what is in hand is finished,
# then the stores close. Their times add up to less than the ten seconds that a stop may take.
FRONT, TASKS, STORES = "front", "tasks", "stores"
STOP_SECONDS = {FRONT: 2, TASKS: 2, STORES: 3}

PREPARE, WELCOME = "prepare", "welcome"
WORKER_NODE, CHORES_NODE = "worker@embedded", "chores@embedded"
CHORE_THREADS = 8  # more than there are chores that take long, so that sessions never wait for others


@dataclass(frozen=True)
class Program:
    """One process under supervision; `steps` run once and end, the others are started again when they end."""

    name: str
    group: str
    command: tuple[str, ...]
    is_step: bool = False


def needs_redis(environment: Mapping[str, str]) -> bool:
    """An operator who names a Redis runs it; so too with ClickHouse."""
    return "REDIS_URL" not in environment


def needs_clickhouse(environment: Mapping[str, str]) -> bool:
    return "CLICKHOUSE_URL" not in environment


def programs(config: Config, environment: Mapping[str, str] = os.environ) -> list[Program]:
    """What is run with these settings."""
    rows = [
        Program(PREPARE, FRONT, module("eventlens.embedded.prepare"), is_step=True),
        Program("web", FRONT, web()),
        Program("worker", TASKS, worker(config.stream_shards)),
        Program("chores", TASKS, chores()),
        Program("beat", TASKS, beat()),
        Program(WELCOME, FRONT, module("eventlens.embedded.welcome"), is_step=True),
    ]
    if needs_clickhouse(environment):
        rows.insert(0, Program("clickhouse", STORES, clickhouse(config)))
    if needs_redis(environment):
        rows.insert(0, Program("redis", STORES, redis(config)))
    return rows


def ports(config: Config, environment: Mapping[str, str] = os.environ) -> list[Port]:
    """What has to be free before the start."""
    rows = [Port("the web server", config.host, config.port, "EVENTLENS_PORT")]
    if needs_redis(environment):
        number = port_of(config.redis_url)
        rows.append(Port("Redis", "127.0.0.1", number, "EVENTLENS_PORT (Redis takes the port after it) or REDIS_URL"))
    if needs_clickhouse(environment):
        number = port_of(config.clickhouse_url)
        variable = "EVENTLENS_PORT (ClickHouse takes the second port after it) or CLICKHOUSE_URL"
        rows.append(Port("ClickHouse", "127.0.0.1", number, variable))
    return rows


def port_of(url: str) -> int:
    port = urlsplit(url).port
    if port is None:
        raise ValueError(f"No port in {url}")
    return port


def module(name: str, *arguments: str) -> tuple[str, ...]:
    return (PYTHON, "-m", name, *arguments)


def redis(config: Config) -> tuple[str, ...]:
    folder = made(config.data_dir / "redis")
    port = port_of(config.redis_url)
    return tuple(redis_server.command(redis_server.binary(), port, folder, config.redis_fsync))


def clickhouse(config: Config) -> tuple[str, ...]:
    port = str(port_of(config.clickhouse_url))
    folder = str(made(config.data_dir / "clickhouse"))
    return module("eventlens.embedded.clickhouse", "--port", port, "--data-dir", folder)


def web() -> tuple[str, ...]:
    graceful = ("--graceful-timeout", str(STOP_SECONDS[FRONT]))
    return module("gunicorn", "--config", "deploy/gunicorn.conf.py", *graceful, "eventlens.asgi")


def worker(shards: int) -> tuple[str, ...]:
    """One process a shard: more than one cannot work on a shard."""
    return celery_worker(STORING, WORKER_NODE, "--concurrency", str(shards))


def chores() -> tuple[str, ...]:
    """Threads, for most of a chore is waiting for ClickHouse."""
    return celery_worker(CHORES, CHORES_NODE, "--pool", "threads", "--concurrency", str(CHORE_THREADS))


def beat() -> tuple[str, ...]:
    return celery("beat", "--pidfile=")


def celery_worker(queue: str, node: str, *arguments: str) -> tuple[str, ...]:
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return celery("worker", "--queues", queue, "--hostname", node, *arguments, *quiet)


def celery(*arguments: str) -> tuple[str, ...]:
    return module("celery", "--quiet", "--app", "eventlens", "--skip-checks", *arguments)


def made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
