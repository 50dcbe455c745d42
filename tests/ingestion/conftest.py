"""What ingestion needs besides the stores: a process that remembers nothing of earlier tests."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings

from analytics import directory
from ingestion import devices, links
from tests.analytics.factories import new_project


@pytest.fixture
def log(store: "redis.Redis") -> Iterator["redis.Redis"]:
    """An empty Redis, seen by a process that has just started."""
    devices.cache.forget()
    links.known.forget()
    directory.forget()
    yield store
    devices.cache.forget()


@pytest.fixture
def shop(db: None) -> None:
    """The project that events of these tests belong to."""
    new_project("shop")


@pytest.fixture
def configure(settings: Any) -> Callable[..., None]:
    """Change fields of settings.EVENTLENS for this test."""

    def change(**fields: Any) -> None:
        settings.EVENTLENS = replace(django_settings.EVENTLENS, **fields)

    return change
