"""The whole product as processes of its own: stores, web, worker and beat, each to be killed and started again."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx

from eventlens.embedded import programs
from tests import servers
from tests.servers import Server, free_port


class Product:
    """A running Event Lens with its own stores; `http` speaks as the root client of project `demo`."""

    def __init__(self, **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="el-product-"))
        self.port, redis_port, clickhouse_port = free_port(), free_port(), free_port()
        self.env = {
            "DJANGO_SETTINGS_MODULE": "eventlens.settings",
            "EVENTLENS_PORT": str(self.port),
            "EVENTLENS_DATA_DIR": str(self.folder),
            "DATABASE_URL": f"sqlite:///{self.folder}/db.sqlite3",
            "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
            "CLICKHOUSE_URL": f"clickhouse://127.0.0.1:{clickhouse_port}/event_lens",
            "EVENTLENS_CLIENT_CACHE_SECONDS": "1",
            "EVENTLENS_ROLLUP_SECONDS": "1",
            **settings,
        }
        self.parts: dict[str, Server] = {
            "redis": servers.redis_server(redis_port),
            "clickhouse": servers.clickhouse_server(clickhouse_port),
            "web": Server("web", list(programs.web()), self.env),
            "worker": Server("worker", list(programs.worker(shards=1)), self.env),
            "chores": Server("chores", list(programs.chores()), self.env),
            "beat": Server("beat", list(programs.beat()), self.env),
        }
        self.ports = {"redis": redis_port, "clickhouse": clickhouse_port, "web": self.port}
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, *, timeout: float = 60) -> "Product":
        self.prepare()
        for name in ("worker", "chores", "beat", "web"):
            self.up(name)
        self.http = httpx.Client(base_url=self.url, headers=self.headers(self.client), timeout=timeout)
        return self

    def prepare(self) -> None:
        """The stores with their tables, and a client; ClickHouse comes up while the database is made."""
        self.parts["clickhouse"].start()
        self.up("redis")
        self.client = json.loads(self.run("-m", "tests.prepared").splitlines()[-1])

    def up(self, name: str) -> None:
        """Start a part and wait until it listens, if it listens on anything."""
        self.parts[name].start()
        if name in self.ports:
            self.await_port(name)

    def await_port(self, name: str) -> None:
        self.parts[name].wait_for(lambda: servers.listens(self.ports[name]))

    def manage(self, *arguments: str) -> str:
        return self.run("manage.py", *arguments)

    def run(self, *arguments: str) -> str:
        """What a Python with the product's settings prints."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env={**servers.os.environ, **self.env},
            cwd=servers.ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def new_client(self, project: str, kind: str, *more: str) -> dict[str, Any]:
        created: dict[str, Any] = json.loads(
            self.manage("create_client", "--project", project, "--type", kind, "--json", *more)
        )
        return created

    @staticmethod
    def headers(client: dict[str, Any]) -> dict[str, str]:
        return {"event-lens-client-id": client["id"], "event-lens-client-secret": client["secret"]}

    def metrics(self, **parameters: str) -> dict[str, Any]:
        """The demo project's metrics of the last 30 days, or of what the parameters say."""
        answer = self.http.get("/insights/demo/metrics", params=parameters)
        assert answer.status_code == 200, answer.text
        metrics: dict[str, Any] = answer.json()
        return metrics

    def stop(self) -> None:
        """By force: nobody will look at what is left."""
        for part in self.parts.values():
            part.destroy()
        servers.shutil.rmtree(self.folder, ignore_errors=True)
