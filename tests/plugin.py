"""Loaded before Django's settings: names the private stores of this test run in the environment."""

import atexit
import os
import shutil
import tempfile

import pytest

from tests import servers

DATA_DIR = tempfile.mkdtemp(prefix="el-tests-")
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)

REDIS_PORT = servers.free_port()
CLICKHOUSE_PORT = servers.free_port()
DATABASE = os.environ.get("EVENTLENS_TEST_DATABASE", "sqlite")

for name in [name for name in os.environ if name.startswith("EVENTLENS_") and name != "EVENTLENS_TEST_DATABASE"]:
    del os.environ[name]  # a developer's own settings must not steer the tests
# A product is eight processes, each of which would compile all of its code again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.update(
    EVENTLENS_DATA_DIR=DATA_DIR,
    EVENTLENS_CLIENT_CACHE_SECONDS="0",
    EVENTLENS_QUESTIONS_PER_MINUTE="0",  # tests ask faster than people; those of the limits set their own
    EVENTLENS_QUESTIONS_AT_ONCE="0",
    EVENTLENS_ANSWERS_KEPT_SECONDS="0",  # tests also store rows that nobody notes
    REDIS_URL=f"redis://127.0.0.1:{REDIS_PORT}/0",
    CLICKHOUSE_URL=f"clickhouse://127.0.0.1:{CLICKHOUSE_PORT}/event_lens",
    DATABASE_URL=f"sqlite:///{DATA_DIR}/db.sqlite3",
)

if DATABASE not in {"sqlite", "mariadb"}:
    raise SystemExit(f"EVENTLENS_TEST_DATABASE is {DATABASE!r}; set it to sqlite or mariadb.")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Before Django reads its settings; who only hands out the tests needs no MariaDB."""
    has_workers = getattr(early_config.known_args_namespace, "numprocesses", None)
    if DATABASE == "mariadb" and ("PYTEST_XDIST_WORKER" in os.environ or not has_workers):
        mariadb, url = servers.mariadb_server()
        mariadb.start()
        atexit.register(mariadb.remove)
        servers.until(lambda: (mariadb.folder / "s").exists(), what="MariaDB's socket")
        os.environ["DATABASE_URL"] = url
