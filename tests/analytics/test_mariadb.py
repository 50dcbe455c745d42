"""What only MySQL and MariaDB can show: the setup guide's own SQL, and comparison without case."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client as Http
from django.utils import timezone

from analytics import keys
from analytics.directory import find_client, find_project
from analytics.models import Client, Project
from tests.analytics.factories import headers, new_client

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.analytics.routes")]

PROJECT = """
INSERT INTO analytics_projects (id, name, domain, userId, createdAt)
VALUES ('test-project-1', 'Test Project', 'localhost', 1, NOW());
"""
CLIENT = """
INSERT INTO analytics_clients (id, name, type, projectId, secret, createdAt)
VALUES (
  'client-123',
  'Test Client',
  'write',
  'test-project-1',
  'secret-456',
  NOW()
);
"""


@pytest.fixture
def guide() -> None:
    with connection.cursor() as cursor:
        cursor.execute(PROJECT)
        cursor.execute(CLIENT)


def test_this_is_the_database_that_was_asked_for() -> None:
    assert connection.vendor == "mysql"


def test_the_guides_two_inserts_make_a_project(guide: None) -> None:
    project = Project.objects.get()

    assert (project.id, project.name, project.domain, project.user_id) == (
        "test-project-1",
        "Test Project",
        "localhost",
        1,
    )
    assert abs(timezone.now() - project.created_at) < timedelta(days=1), "NOW() is in the server's time zone"
    found = find_project("test-project-1")
    assert found is not None
    assert (found.timezone, found.session_timeout_ms, found.own_domains) == ("UTC", 1_800_000, ("localhost",))


def test_the_guides_client_works_and_its_secret_is_hashed(guide: None) -> None:
    first = Http().generic("POST", "/track", headers=headers("client-123", "secret-456"))
    stored = Client.objects.get().secret
    second = Http().generic("POST", "/track", headers=headers("client-123", "secret-456"))
    reading = Http().get("/insights/test-project-1/metrics", headers=headers("client-123", "secret-456"))

    assert (first.status_code, second.status_code) == (200, 200)
    assert keys.is_hash(stored)
    assert Client.objects.get().secret == stored
    assert reading.status_code == 403
    assert reading.json()["message"] == ("This needs a client of type read or root; this client is of type write.")


def test_the_guides_client_is_refused_with_another_case(guide: None) -> None:
    for sent in [headers("client-123", "SECRET-456"), headers("CLIENT-123", "secret-456")]:
        assert Http().generic("POST", "/track", headers=sent).status_code == 401
    assert Client.objects.get().secret == "secret-456"


def test_ids_are_exact_where_the_database_compares_without_case() -> None:
    new_client("root")
    assert Client.objects.filter(id="ROOT").exists()

    assert find_client("ROOT") is None
    assert find_client("root ") is None
    assert find_project("SHOP") is None


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_replaced_outside_of_requests_too() -> None:
    new_client("root")
    assert find_project("shop") is not None
    with connection.cursor() as cursor, pytest.raises(OperationalError):
        cursor.execute("KILL CONNECTION_ID()")

    found = find_project("shop")

    assert found is not None
