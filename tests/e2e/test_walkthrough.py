"""The original guide's curl commands, run by curl against the whole product."""

import json
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.product import Product
from tests.servers import until

COMMANDS = [
    block
    for block in Path(__file__).with_name("walkthrough.sh").read_text().split("\n\n")
    if block.startswith("curl")
]


def run(product: Product, command: str) -> Any:
    """The parsed answer of a command from the guide."""
    command = command.replace("localhost:5000", f"127.0.0.1:{product.port}")
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def root_client(product: Product) -> None:
    """The guide's two INSERTs in SQLite's words, the client's type root so that it may also read."""
    with sqlite3.connect(product.folder / "db.sqlite3", timeout=20) as database:
        database.execute(
            "INSERT INTO analytics_projects (id, name, domain, userId, createdAt)"
            " VALUES ('test-project-1', 'Test Project', 'localhost', 1, datetime('now'))"
        )
        database.execute(
            "INSERT INTO analytics_clients (id, name, type, projectId, secret, createdAt)"
            " VALUES ('client-123', 'Test Client', 'root', 'test-project-1', 'secret-456', datetime('now'))"
        )


@pytest.mark.usefixtures("root_client")
def test_every_command_of_the_guide_gets_its_kind_of_answer(product: Product) -> None:
    single, batch, metrics, live, timeseries, funnel, retention = (run(product, command) for command in COMMANDS)

    assert single["success"] is True
    assert single["deviceId"] == "device-001"
    assert single["sessionId"] == "session-001"
    assert batch == {"success": True, "processed": 2, "rejected": []} | {k: batch[k] for k in batch if k == "events"}
    assert set(metrics.values()) == {0}  # the guide asks for 2024; what was just sent is later
    assert set(live) == {"count"}
    assert len(timeseries) == 366
    assert timeseries[0]["date"] == "2024-01-01"
    assert [step["name"] for step in funnel] == ["page_view", "button_click", "signup_complete"]
    assert retention == []


@pytest.mark.usefixtures("root_client")
def test_what_the_guide_sent_is_seen_within_two_seconds(product: Product) -> None:
    live = COMMANDS[3]

    assert until(lambda: run(product, live) == {"count": 1}, 2, "the visitor to be live")


def test_health_is_as_the_guide_shows_it(product: Product) -> None:
    answer = product.http.get("/health")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert set(answer.json()) == {"status", "timestamp", "uptime"}
    assert answer.json()["uptime"] > 0


def test_ready_names_each_dependency(product: Product) -> None:
    answer = product.http.get("/ready")

    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "dependencies": {"database": "up", "redis": "up", "clickhouse": "up"},
    }


def test_an_unknown_route_answers_in_the_one_error_shape(product: Product) -> None:
    answer = product.http.get("/nonsense")

    assert answer.status_code == 404
    assert set(answer.json()) == {"error", "message", "details"}
