"""The two tables: their columns, their defaults in the database, what the models refuse."""

import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError

from analytics.models import Client, Project
from tests.analytics.factories import new_client, new_project

pytestmark = pytest.mark.django_db


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def columns(model: type[models.Model]) -> list[str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, model._meta.db_table)
    return sorted(column.name for column in described)


def test_the_tables_have_exactly_these_columns() -> None:
    assert columns(Project) == [
        "addressPolicy",
        "createdAt",
        "domain",
        "duplicateWindowMs",
        "id",
        "name",
        "ownDomains",
        "retentionDays",
        "sessionTimeoutMinutes",
        "settings",
        "timezone",
        "updatedAt",
        "userId",
    ]
    assert columns(Client) == [
        "cors",
        "createdAt",
        "disabledAt",
        "id",
        "lastUsedAt",
        "name",
        "projectId",
        "questionsPerMinute",
        "requestsPerMinute",
        "secret",
        "type",
        "updatedAt",
    ]


def test_the_database_fills_in_what_an_insert_leaves_out() -> None:
    execute("INSERT INTO analytics_projects (id, name, userId) VALUES ('shop', 'Shop', 1)")
    execute(
        "INSERT INTO analytics_clients (id, name, type, projectId, secret) "
        "VALUES ('web', 'Web', 'write', 'shop', 'secret-456')"
    )

    project, client = Project.objects.get(), Client.objects.get()

    assert (project.domain, project.settings, project.timezone, project.retention_days) == ("", {}, "UTC", None)
    assert (project.session_timeout_minutes, project.own_domains) == (30, [])
    assert (project.address_policy, project.duplicate_window_ms) == ("geo", 0)
    assert project.created_at is not None
    assert project.updated_at is not None
    assert (client.cors, client.disabled_at, client.last_used_at) == ([], None, None)
    assert (client.requests_per_minute, client.questions_per_minute) == (None, None)
    assert client.created_at is not None


def test_new_rows_get_a_uuid_that_fits() -> None:
    project = Project.objects.create(name="Shop")

    assert str(uuid.UUID(project.id)) == project.id
    assert len(project.id) == 36


def test_a_client_needs_its_project() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Client.objects.create(name="Web", project_id="nowhere")
        connection.check_constraints()


def test_a_project_with_clients_is_not_deleted() -> None:
    client = new_client()

    with pytest.raises(ProtectedError):
        client.project.delete()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"timezone": "Mars/Olympus"},
            "“Mars/Olympus” is not an IANA time zone; write one such as UTC or Asia/Seoul.",
        ),
        ({"timezone": "../UTC"}, "“../UTC” is not an IANA time zone; write one such as UTC or Asia/Seoul."),
        ({"id": "a b"}, "Use 1 to 36 letters, digits, dots, hyphens or underscores."),
        ({"id": "shop\n"}, "Use 1 to 36 letters, digits, dots, hyphens or underscores."),
        ({"retention_days": 0}, "Ensure this value is greater than or equal to 1."),
        ({"session_timeout_minutes": 0}, "Ensure this value is greater than or equal to 1."),
        ({"session_timeout_minutes": 1441}, "Ensure this value is less than or equal to 1440."),
        ({"address_policy": "all"}, "Value 'all' is not a valid choice."),
        ({"own_domains": [1]}, 'Write a JSON list of texts, such as ["https://example.com"].'),
    ],
)
def test_a_project_is_refused_with_the_reason(fields: dict[str, Any], message: str) -> None:
    project = Project(**{"id": "shop", "name": "Shop", **fields})

    with pytest.raises(ValidationError) as refused:
        project.full_clean()

    assert message in refused.value.messages


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_a_project_takes_iana_names(zone: str) -> None:
    Project(id="shop", name="Shop", timezone=zone).full_clean()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"type": "admin"}, "Value 'admin' is not a valid choice."),
        ({"cors": "https://example.com"}, 'Write a JSON list of texts, such as ["https://example.com"].'),
        (
            {"cors": ["example.com"]},
            "“example.com” is not an origin; write scheme and host, such as https://example.com, "
            "https://example.com:8443 or https://*.example.com, or * for every page.",
        ),
    ],
)
def test_a_client_is_refused_with_the_reason(fields: dict[str, Any], message: str) -> None:
    client = Client(**{"id": "web", "name": "Web", "project": new_project(), **fields})

    with pytest.raises(ValidationError) as refused:
        client.full_clean()

    assert message in refused.value.messages


def test_the_migrations_are_complete() -> None:
    from django.core.management import call_command

    call_command("makemigrations", "analytics", check=True, dry_run=True, verbosity=0)
