"""What processes write about requests and tasks: by the settings, and without personal data."""

import logging
import threading
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client as Http

from eventlens import logs
from eventlens.celery import app
from eventlens.clickhouse import client
from tests.analytics.factories import headers, new_client

pytestmark = pytest.mark.django_db


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def lines() -> Any:
    handler = Lines()
    logging.getLogger("django.request").addHandler(handler)
    yield handler.lines
    logging.getLogger("django.request").removeHandler(handler)


def test_a_question_that_fails_is_told_by_its_route_and_not_by_whom_it_is_about(
    lines: list[str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_client("root")
    settings.EVENTLENS = replace(settings.EVENTLENS, clickhouse_url="clickhouse://127.0.0.1:1/nowhere")
    monkeypatch.setattr(client, "local", threading.local())  # other tests keep their connections

    answer = Http().get("/insights/shop/profiles/alice@example.com", headers=headers("root"))

    assert answer.status_code == 503
    assert lines
    assert not [line for line in lines if "alice" in line]


def test_celery_leaves_logging_to_the_settings() -> None:
    root = logging.getLogger()
    before = root.level, list(root.handlers)

    app.log.setup(loglevel="CRITICAL", logfile=None)

    assert (root.level, list(root.handlers)) == before


def test_a_path_that_leads_nowhere_is_not_told() -> None:
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "%s: %s", ("Gone", "/a/b"), None)

    assert logs.RoutesForPaths().filter(record)
    assert record.getMessage() == "Gone: an unknown route"
