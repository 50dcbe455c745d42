"""Projects and clients as the rest of the product sees them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from analytics import directory, keys
from analytics.directory import ClientRecord, ProjectRecord, find_client, find_project, has_secret
from analytics.models import Client, Project
from eventlens.api import Unavailable
from tests.analytics.factories import SECRET, new_client, new_project

pytestmark = pytest.mark.django_db


def refuse(*call: Any) -> None:
    """Django's hook around every statement, as a database that has gone away."""
    raise OperationalError("the server has gone away")


def known_client(client_id: str = "root") -> ClientRecord:
    client = find_client(client_id)
    assert client is not None
    return client


def known_project(project_id: str = "shop") -> ProjectRecord:
    project = find_project(project_id)
    assert project is not None
    return project


def test_a_project_with_defaults() -> None:
    new_project()

    assert find_project("shop") == ProjectRecord(
        id="shop",
        name="Shop",
        timezone="UTC",
        retention_days=None,
        session_timeout_ms=1_800_000,
        own_domains=(),
        address_policy="geo",
        duplicate_window_ms=0,
    )


def test_a_project_with_everything_set() -> None:
    new_project(
        domain="https://Example.com/shop",
        own_domains=["example.com", "Pay.Example.com:8443", "", "blog.example.org"],
        timezone="Asia/Seoul",
        retention_days=90,
        session_timeout_minutes=5,
        address_policy="drop",
        duplicate_window_ms=250,
    )

    assert find_project("shop") == ProjectRecord(
        id="shop",
        name="Shop",
        timezone="Asia/Seoul",
        retention_days=90,
        session_timeout_ms=300_000,
        own_domains=("example.com", "pay.example.com", "blog.example.org"),
        address_policy="drop",
        duplicate_window_ms=250,
    )


def test_nonsense_written_by_hand_falls_back_to_the_defaults(caplog: pytest.LogCaptureFixture) -> None:
    new_project(
        timezone="Mars/Olympus",
        own_domains={"a": 1},
        address_policy="all",
        session_timeout_minutes=0,
        retention_days=0,
    )

    project = known_project()

    assert (project.timezone, project.own_domains, project.address_policy) == ("UTC", (), "geo")
    assert (project.session_timeout_ms, project.retention_days) == (60_000, None)
    assert "Project shop has an unknown time zone 'Mars/Olympus', UTC is used" in caplog.text


@pytest.mark.parametrize("project_id", ["", "nowhere", "SHOP", "shop ", "x" * 37])
def test_an_unknown_project_is_none(project_id: str) -> None:
    new_project()

    assert find_project(project_id) is None


def test_a_client() -> None:
    new_client("write", cors=["https://example.com", 7, "*"])

    client = known_client("write")

    assert (client.id, client.type, client.project_id) == ("write", "write", "shop")
    assert client.cors == ("https://example.com", "*")
    assert client.stored_secret not in repr(client)


@pytest.mark.parametrize("client_id", ["", "nobody", "ROOT", "root ", "x" * 37])
def test_an_unknown_client_is_none(client_id: str) -> None:
    new_client()

    assert find_client(client_id) is None


def test_a_disabled_client_and_one_of_an_unknown_type_are_none() -> None:
    project = new_project()
    new_client("read", project, disabled_at=timezone.now())
    new_client("owner", project)

    assert find_client("read") is None
    assert find_client("owner") is None


def test_a_secret_is_checked() -> None:
    new_client()

    assert has_secret(known_client(), SECRET)
    assert not has_secret(known_client(), SECRET.lower())
    assert not has_secret(known_client(), Client.objects.get().secret)
    assert not has_secret(known_client(), "")


def test_a_secret_written_by_hand_works_and_becomes_its_hash_on_first_use() -> None:
    new_client(secret="secret-456")

    assert not has_secret(known_client(), "Secret-456")
    assert Client.objects.get().secret == "secret-456"

    assert has_secret(known_client(), "secret-456")
    stored = Client.objects.get().secret
    assert keys.is_hash(stored)
    assert has_secret(known_client(), "secret-456")
    assert not has_secret(known_client(), stored)


def test_a_secret_rotated_meanwhile_is_not_overwritten_by_the_old_ones_hash() -> None:
    new_client(secret="secret-456")
    seen_before = known_client()
    rotated = keys.hashed(SECRET)
    Client.objects.update(secret=rotated)

    has_secret(seen_before, "secret-456")

    assert Client.objects.get().secret == rotated


def test_a_hand_written_secret_works_while_its_hash_cannot_be_written(caplog: pytest.LogCaptureFixture) -> None:
    new_client(secret="secret-456")
    client = known_client()

    with connection.execute_wrapper(refuse):
        assert has_secret(client, "secret-456")

    assert "The secret of client root is still plain text" in caplog.text
    assert "secret-456" not in caplog.text


def test_a_rotated_secret_is_not_accepted_from_memory(configure: Callable[..., None]) -> None:
    configure(client_cache_seconds=60)
    new_client()
    assert has_secret(known_client(), SECRET)

    Client.objects.update(secret=keys.hashed("el_another"))
    directory.CLIENTS.forget()

    assert not has_secret(known_client(), SECRET)
    assert has_secret(known_client(), "el_another")


def test_within_the_cache_seconds_neither_a_query_nor_a_hash_is_made(
    configure: Callable[..., None], django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(client_cache_seconds=60)
    new_client()
    known_project()
    assert has_secret(known_client(), SECRET)
    hashes: list[str] = []

    def digest(salt: str, secret: str) -> str:
        hashes.append(salt)
        return ""

    monkeypatch.setattr(keys, "digest", digest)

    with django_assert_num_queries(0):
        assert has_secret(known_client(), SECRET)
        assert known_project().id == "shop"

    assert hashes == []
    assert not has_secret(known_client(), "el_wrong")
    assert len(hashes) == 1


def test_what_is_remembered_works_without_the_database_and_the_rest_is_a_503(configure: Callable[..., None]) -> None:
    configure(client_cache_seconds=60)
    new_client()
    known_project()
    assert has_secret(known_client(), SECRET)

    with connection.execute_wrapper(refuse):
        assert has_secret(known_client(), SECRET)
        assert known_project().id == "shop"
        with pytest.raises(Unavailable):
            find_client("write")
        with pytest.raises(Unavailable):
            find_project("other")


def test_a_new_project_is_found_though_it_was_unknown_before() -> None:
    assert find_project("shop") is None

    Project.objects.create(id="shop", name="Shop")

    assert known_project().name == "Shop"
