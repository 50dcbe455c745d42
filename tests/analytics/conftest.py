"""Every test starts as a fresh process does: nothing is remembered of clients that an earlier test made."""

import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client as Http

from analytics import directory, last_used, throttles
from analytics.request_counts import counts
from tests import plugin

# NOW() and comparisons without case are MySQL's.
collect_ignore = [] if plugin.DATABASE == "mariadb" else ["test_mariadb.py"]


@pytest.fixture(autouse=True)
def fresh_process() -> None:
    directory.forget()
    last_used.forget()
    counts.forget()
    throttles.RatelimitPause.until = 0.0


@pytest.fixture(autouse=True)
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are per minute of the clock; for them it stands still, so that no test spans two minutes."""
    now = time.time()
    still = SimpleNamespace(time=lambda: now, monotonic=time.monotonic)
    for module in ("django_ratelimit.core", "analytics.throttles"):
        monkeypatch.setattr(f"{module}.time", still)


@pytest.fixture
def configure(settings: Any) -> Callable[..., None]:
    """Change fields of settings.EVENTLENS for this test."""

    def change(**fields: Any) -> None:
        settings.EVENTLENS = replace(django_settings.EVENTLENS, **fields)

    return change


@pytest.fixture
def admin_user(db: None) -> User:
    """Without a password: making one takes longer than the test."""
    return User.objects.create(username="admin", is_staff=True, is_superuser=True)


@pytest.fixture
def admin_client(admin_user: User) -> Http:
    http = Http()
    http.force_login(admin_user)
    return http
