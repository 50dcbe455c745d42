"""When a client was last used."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client as Http
from django.utils import timezone

from analytics import last_used
from analytics.models import Client
from tests.analytics.factories import headers, new_client

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.analytics.routes")]


def refuse_updates(execute: Any, sql: str, *call: Any) -> Any:
    if sql.startswith("UPDATE"):
        raise OperationalError("database is locked")
    return execute(sql, *call)


def test_a_use_is_written_after_the_answer() -> None:
    new_client("write")
    before = timezone.now()

    Http().generic("POST", "/track", headers=headers("write"))

    used = Client.objects.get().last_used_at
    assert used is not None
    assert before <= used <= timezone.now()


def test_a_refused_request_is_no_use() -> None:
    new_client("write")

    Http().generic("POST", "/track", headers=headers("write", "el_wrong"))

    assert Client.objects.get().last_used_at is None


def test_the_same_process_writes_once_a_minute() -> None:
    last_used.note("write", now=100.0)
    assert last_used.pending == {"write"}
    last_used.pending.clear()

    last_used.note("write", now=159.9)
    assert last_used.pending == set()

    last_used.note("write", now=160.0)
    assert last_used.pending == {"write"}


def test_several_processes_together_write_once_a_minute() -> None:
    half_a_minute_ago = timezone.now() - timedelta(seconds=30)
    two_minutes_ago = timezone.now() - timedelta(seconds=120)
    project = new_client("write", last_used_at=half_a_minute_ago).project
    new_client("read", project, last_used_at=two_minutes_ago)

    last_used.note("write")
    last_used.note("read")
    last_used.write_pending()

    assert Client.objects.get(id="write").last_used_at == half_a_minute_ago
    assert Client.objects.filter(id="read", last_used_at__gt=two_minutes_ago).exists()


def test_the_answer_does_not_depend_on_the_write(caplog: pytest.LogCaptureFixture) -> None:
    new_client("write")

    with connection.execute_wrapper(refuse_updates):
        answer = Http().generic("POST", "/track", headers=headers("write"))

    assert answer.status_code == 200
    assert "The last use of 1 clients was not written: database is locked" in caplog.text
