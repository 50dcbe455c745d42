"""The step between the stores and the rest: wait for them, migrate, and on the first run create a demo.

python -m eventlens.embedded.prepare
"""

import os
import sys
from collections.abc import Callable

import django
import redis
from django.conf import settings
from django.core.management import call_command

from eventlens.clickhouse import client as clickhouse
from eventlens.clickhouse.errors import ClickHouseError
from eventlens.embedded import first_run
from eventlens.embedded.waiting import until

PATIENCE_SECONDS = 5  # then the log says what is waited for
STORE_SECONDS = 300  # reading a long append-only file takes Redis a while


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventlens.settings")
    django.setup()
    wait_for("Redis", settings.EVENTLENS.redis_url, redis_answers)
    wait_for("ClickHouse", settings.EVENTLENS.clickhouse_url, clickhouse_answers)
    call_command("migrate", interactive=False, verbosity=0)
    call_command("clickhouse_migrate")
    first_run.create(settings.EVENTLENS.data_dir)


def wait_for(store: str, url: str, answers: Callable[[], bool]) -> None:
    if until(answers, PATIENCE_SECONDS):
        return
    place = url.rpartition("@")[2]  # without the password
    sys.stdout.write(f"Waiting for {store} at {place} …\n")
    if not until(answers, STORE_SECONDS):
        sys.exit(f"{store} at {place} did not answer within {STORE_SECONDS} s; see its lines above.")


def redis_answers() -> bool:
    try:
        with redis.Redis.from_url(settings.EVENTLENS.redis_url, socket_timeout=5, socket_connect_timeout=5) as store:
            return bool(store.ping())
    except redis.AuthenticationError as wrong:
        sys.exit(f"Redis refused the log-in of REDIS_URL: {wrong}")
    except redis.RedisError:
        return False


def clickhouse_answers() -> bool:
    try:
        clickhouse.ping()
    except ClickHouseError:
        return False
    return True


if __name__ == "__main__":
    main()
