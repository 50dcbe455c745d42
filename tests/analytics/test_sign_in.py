"""The admin's log-in has limits: per address, per user name."""

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Http

from tests.servers import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]
LOG_IN = "/admin/login/?next=/admin/"


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def attempt(name: str = "admin", password: str = "wrong", address: str = "203.0.113.7", **more: Any) -> Any:
    form = {"username": name, "password": password}
    return Http(REMOTE_ADDR=address).post(LOG_IN, form, **more)


def test_the_right_password_opens_the_admin() -> None:
    User.objects.create_superuser("admin", password="right")

    answer = attempt(password="right")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("spelling", [" ADMIN", "\uff41dmin", "\u00e1dmin"])
def test_one_name_is_tried_ten_times_a_minute_wherever_from(spelling: str) -> None:
    User.objects.create_superuser("admin", password="right")

    answers = [attempt(address=f"203.0.113.{number}") for number in range(10)]
    refused = attempt(spelling, password="right", address="203.0.113.99")

    assert {answer.status_code for answer in answers} == {200}
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.content.startswith(b"Too many attempts to log in. Try again in ")


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::{}"])
def test_one_address_tries_twenty_names_a_minute(address: str) -> None:
    statuses = [attempt(f"name{n}", address=address.format(n)).status_code for n in range(1, 22)]

    assert statuses == [200] * 20 + [429]
    assert attempt("another", address="198.51.100.1").status_code == 200


def test_behind_a_trusted_proxy_the_visitors_address_counts(configure: Callable[..., None]) -> None:
    configure(trusted_proxies=(ip_network("10.0.0.0/8"),))

    statuses = [
        attempt(f"name{n}", address="10.0.0.1", headers={"x-forwarded-for": f"203.0.113.{n}"}).status_code
        for n in range(21)
    ]

    assert statuses == [200] * 21


def test_looking_at_the_page_is_no_attempt() -> None:
    assert {Http().get(LOG_IN).status_code for _ in range(25)} == {200}


def test_without_redis_an_administrator_gets_in(settings: Any) -> None:
    User.objects.create_superuser("admin", password="right")
    away = {**settings.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{free_port()}/0"}
    settings.CACHES = {"default": away}

    assert attempt(password="right").status_code == 302
