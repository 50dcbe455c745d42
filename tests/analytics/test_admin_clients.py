"""Clients in the admin, through its pages."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client as Http
from django.utils import timezone

from analytics import keys
from analytics.models import Client
from tests.analytics.factories import SECRET, new_client, new_project
from tests.analytics.pages import CLIENTS, errors_on

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.analytics.routes")]


def client_form(**fields: str) -> dict[str, str]:
    return {"name": "Web", "id": "web", "project": "shop", "type": "write", "cors": "", **fields}


def secrets_on(page: Any) -> list[str]:
    return re.findall(r"el_[A-Za-z0-9_-]{43}", page.content.decode())


def act(admin_client: Http, action: str, *ids: str) -> Any:
    data = {"action": action, "_selected_action": list(ids)}
    return admin_client.post(CLIENTS, data, follow=True)


def test_a_new_clients_secret_is_shown_once_and_stored_as_its_hash(admin_client: Http) -> None:
    new_project()

    page = admin_client.post(f"{CLIENTS}add/", client_form(), follow=True)

    [secret] = secrets_on(page)
    stored = Client.objects.get().secret
    assert keys.is_hash(stored)
    assert keys.matches(stored, secret)
    for address in [CLIENTS, f"{CLIENTS}web/change/", f"{CLIENTS}web/history/"]:
        again = admin_client.get(address)
        assert secrets_on(again) == []
        assert stored not in again.content.decode()
        assert stored.split("$")[2] not in again.content.decode()
    assert secret not in "".join(LogEntry.objects.values_list("change_message", flat=True))


def test_the_form_cannot_set_a_secret(admin_client: Http) -> None:
    new_project()

    admin_client.post(f"{CLIENTS}add/", client_form(secret="chosen"))

    assert not keys.matches(Client.objects.get().secret, "chosen")


def test_origins_are_written_as_lines(admin_client: Http) -> None:
    new_project()

    admin_client.post(f"{CLIENTS}add/", client_form(cors="https://example.com\r\nhttps://*.example.com\r\n"))

    assert Client.objects.get().cors == ["https://example.com", "https://*.example.com"]
    page = admin_client.get(f"{CLIENTS}web/change/").content.decode()
    assert "https://example.com\nhttps://*.example.com</textarea>" in page


@pytest.mark.parametrize(
    ("typed", "stored"), [("", (None, None)), ("0", (0, 0)), ("120", (120, 120)), ("-1", None), ("many", None)]
)
def test_limits_are_numbers_or_left_to_the_settings(
    admin_client: Http, typed: str, stored: tuple[int | None, int | None] | None
) -> None:
    new_project()

    form = client_form(requests_per_minute=typed, questions_per_minute=typed)
    admin_client.post(f"{CLIENTS}add/", form)

    assert list(Client.objects.values_list("requests_per_minute", "questions_per_minute")) == [stored] * bool(stored)


def test_a_wrong_origin_is_explained(admin_client: Http) -> None:
    new_project()

    page = admin_client.post(f"{CLIENTS}add/", client_form(cors="https://example.com\nexample.org"))

    assert errors_on(page) == [
        "“example.org” is not an origin; write scheme and host, such as https://example.com, "
        "https://example.com:8443 or https://*.example.com, or * for every page."
    ]
    assert not Client.objects.exists()


def test_editing_a_client_keeps_its_secret_and_project(admin_client: Http) -> None:
    stored = new_client("write", id="web").secret
    new_project("game")

    admin_client.post(f"{CLIENTS}web/change/", client_form(name="Web site", project="game", type="root"))

    client = Client.objects.get()
    assert (client.name, client.type, client.project_id, client.secret) == ("Web site", "root", "shop", stored)


def test_the_button_rotates_the_secret_and_stays_on_the_page(admin_client: Http) -> None:
    new_client("write", id="web")
    assert 'name="_rotate"' in admin_client.get(f"{CLIENTS}web/change/").content.decode()

    page = admin_client.post(f"{CLIENTS}web/change/", client_form(_rotate="1"), follow=True)

    [secret] = secrets_on(page)
    stored = Client.objects.get().secret
    assert page.redirect_chain == [(f"{CLIENTS}web/change/", 302)]
    assert keys.matches(stored, secret)
    assert not keys.matches(stored, SECRET)


def test_the_form_for_a_new_client_has_no_such_button(admin_client: Http) -> None:
    assert 'name="_rotate"' not in admin_client.get(f"{CLIENTS}add/").content.decode()


def test_the_action_rotates_the_chosen_clients_and_writes_it_down(admin_client: Http) -> None:
    project = new_project()
    for kind in ("write", "read", "root"):
        new_client(kind, project)

    page = act(admin_client, "rotate", "write", "read")

    found = secrets_on(page)
    stored = dict(Client.objects.values_list("id", "secret"))
    assert len(found) == 2
    assert sum(keys.matches(stored[kind], secret) for kind in ("write", "read") for secret in found) == 2
    assert keys.matches(stored["root"], SECRET)
    assert sorted(LogEntry.objects.values_list("object_id", "change_message")) == [
        ("read", "Rotated the secret."),
        ("write", "Rotated the secret."),
    ]


def test_clients_are_disabled_and_enabled_again(admin_client: Http) -> None:
    before = timezone.now()
    new_client("write")

    page = act(admin_client, "disable", "write")
    disabled_at = Client.objects.get().disabled_at

    assert "1 disabled. Running servers follow within 0 seconds." in page.content.decode()
    assert disabled_at is not None
    assert before <= disabled_at <= timezone.now()

    act(admin_client, "disable", "write")
    assert Client.objects.get().disabled_at == disabled_at

    act(admin_client, "enable", "write")
    assert Client.objects.get().disabled_at is None


def test_clients_are_filtered_and_found(admin_client: Http) -> None:
    new_client("write", name="Web site")
    new_client("read", new_project("game"), name="Dashboard", disabled_at=timezone.now())

    def names(**query: str) -> list[str]:
        page = admin_client.get(CLIENTS, query).content.decode()
        return re.findall(r'field-name"><a[^>]*>([^<]*)<', page)

    assert names() == ["Dashboard", "Web site"]
    assert names(type__exact="write") == ["Web site"]
    assert names(disabled_at__isempty="1") == ["Web site"]
    assert names(project__id__exact="game") == ["Dashboard"]
    assert names(q="gam") == ["Dashboard"]


def test_only_a_disabled_client_is_deleted(admin_client: Http) -> None:
    new_client("write")

    refused = admin_client.post(f"{CLIENTS}write/delete/", {"post": "yes"}, follow=True)
    assert "Disable this client before you delete it: it may be in use." in refused.content.decode()
    assert Client.objects.count() == 1

    act(admin_client, "disable", "write")
    assert admin_client.post(f"{CLIENTS}write/delete/", {"post": "yes"}).status_code == 302
    assert not Client.objects.exists()


def test_clients_are_not_deleted_in_bulk(admin_client: Http) -> None:
    new_client("write", disabled_at=timezone.now())

    act(admin_client, "delete_selected", "write")

    assert Client.objects.count() == 1
    assert 'value="delete_selected"' not in admin_client.get(CLIENTS).content.decode()


@pytest.mark.parametrize("action", ["rotate", "disable"])
def test_a_member_of_staff_who_may_only_look_changes_nothing(action: str) -> None:
    new_client("write")
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__in=["view_client", "view_project"]))
    http = Http()
    http.force_login(viewer)

    act(http, action, "write")
    http.post(f"{CLIENTS}write/change/", client_form(id="write", _rotate="1"))

    client = Client.objects.get()
    assert client.disabled_at is None
    assert keys.matches(client.secret, SECRET)
    assert 'name="_rotate"' not in http.get(f"{CLIENTS}write/change/").content.decode()
