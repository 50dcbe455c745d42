"""Is it alive, and is each thing it depends on?"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import redis
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db import connection
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from eventlens.clickhouse import client as clickhouse
from eventlens.clickhouse.errors import ClickHouseError

logger = logging.getLogger(__name__)
STARTED = time.monotonic()


class Open(APIView):
    """Answers everybody: what watches a process has no client."""

    authentication_classes = []
    permission_classes = []


class Health(Open):
    """The process answers; no dependency is asked."""

    def get(self, request: Request) -> Response:
        return Response(
            {
                "status": "ok",
                "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "uptime": round(time.monotonic() - STARTED, 3),
            }
        )


class Ready(Open):
    """Each dependency and its state; 503 while one is down."""

    def get(self, request: Request) -> Response:
        states = {name: state(check) for name, check in CHECKS.items()}
        up = all(value == "up" for value in states.values())
        return Response({"ready": up, "dependencies": states}, status=200 if up else 503)


def state(check: Callable[[], object]) -> str:
    """`up`, or `down`; the reason goes to the log, not to the public."""
    try:
        check()
    except (DatabaseFailure, redis.RedisError, ClickHouseError) as failed:
        logger.warning("Readiness: %s", failed)
        return "down"
    return "up"


@cache
def log_redis() -> "redis.Redis":
    return redis.Redis.from_url(settings.EVENTLENS.redis_url, socket_timeout=2, socket_connect_timeout=2)


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_redis() -> None:
    log_redis().ping()


CHECKS: dict[str, Callable[[], object]] = {
    "database": check_database,
    "redis": check_redis,
    "clickhouse": clickhouse.ping,
}
