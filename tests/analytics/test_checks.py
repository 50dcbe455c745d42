"""System checks of the settings that decide who is believed."""

from collections.abc import Callable
from ipaddress import ip_network

import pytest
from django.core import checks

pytestmark = pytest.mark.urls("tests.analytics.routes")


def found() -> list[str]:
    return [str(message.id) for message in checks.run_checks() if str(message.id).startswith("analytics.")]


def test_the_defaults_pass() -> None:
    assert found() == []


def test_trusting_every_address_is_reported(configure: Callable[..., None]) -> None:
    configure(trusted_proxies=(ip_network("10.0.0.0/8"), ip_network("::/0")))

    assert found() == ["analytics.W001"]


def test_remembering_clients_for_long_is_reported(configure: Callable[..., None]) -> None:
    configure(client_cache_seconds=300)
    assert found() == []

    configure(client_cache_seconds=301)
    assert found() == ["analytics.W002"]
