"""The command that makes a client."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Http

from analytics import keys
from analytics.models import Client, Project
from tests.analytics.factories import headers, new_client, new_project

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.analytics.routes")]


def create(*arguments: str) -> str:
    out = StringIO()
    call_command("create_client", *arguments, stdout=out)
    return out.getvalue()


def created(*arguments: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(create(*arguments, "--json"))
    return made


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as refused:
        create(*arguments)
    return str(refused.value)


@pytest.mark.parametrize("kind", ["root", "write", "read"])
def test_a_client_of_each_type_is_made_for_a_project(kind: str) -> None:
    new_project()

    made = created("--project", "shop", "--type", kind)

    client = Client.objects.get()
    assert made == {"id": client.id, "secret": made["secret"], "project": "shop", "type": kind}
    assert (client.name, client.type, client.project_id) == (f"{kind} client", kind, "shop")
    assert keys.is_hash(client.secret)
    assert keys.matches(client.secret, made["secret"])


def test_the_client_works() -> None:
    new_project()
    made = created("--project", "shop", "--type", "root")

    answer = Http().get("/insights/shop/metrics", headers=headers(made["id"], made["secret"]))

    assert answer.status_code == 200


def test_the_text_for_people_holds_the_same() -> None:
    new_project()

    printed = create("--project", "shop", "--type", "write", "--client-id", "web", "--secret", "secret-456")

    assert printed == (
        "id       web\n"
        "secret   secret-456\n"
        "project  shop\n"
        "type     write\n"
        "Copy the secret now: it is stored as a hash and not shown again.\n"
    )


def test_a_project_is_created_on_request_and_used_again() -> None:
    created("--project", "shop", "--create-project", "--type", "root")
    created("--project", "shop", "--create-project", "--type", "write")

    project = Project.objects.get()
    assert (project.id, project.name, project.timezone) == ("shop", "shop", "UTC")
    assert project.clients.count() == 2


def test_name_id_and_secret_may_be_chosen() -> None:
    new_project()

    created("--project", "shop", "--type", "write", "--client-id", "web", "--secret", "secret-456", "--name", "Web")

    client = Client.objects.get()
    assert (client.id, client.name) == ("web", "Web")
    assert keys.is_hash(client.secret)
    assert keys.matches(client.secret, "secret-456")


def test_a_missing_project_is_explained() -> None:
    assert refusal("--project", "shop", "--type", "root") == (
        "There is no project 'shop'. Create it in the admin, or add --create-project."
    )


def test_a_taken_id_is_explained() -> None:
    new_client("write", id="web")

    message = refusal("--project", "shop", "--type", "root", "--client-id", "web")

    assert message == "Nothing was created. id: Client with this Id already exists."


def test_wrong_ids_are_explained_and_create_nothing() -> None:
    reason = "Use 1 to 36 letters, digits, dots, hyphens or underscores."

    assert reason in refusal("--project", "my shop", "--create-project", "--type", "root")
    assert reason in refusal("--project", "shop", "--create-project", "--type", "root", "--client-id", "a/b")
    assert not Project.objects.exists()
    assert not Client.objects.exists()


def test_an_empty_secret_is_explained() -> None:
    new_project()

    message = refusal("--project", "shop", "--type", "root", "--secret", " ")

    assert message == "--secret is empty; leave it out to get a random one."


def test_an_unknown_type_is_explained() -> None:
    assert "invalid choice: 'admin'" in refusal("--project", "shop", "--type", "admin")
