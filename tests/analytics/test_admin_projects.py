"""Projects in the admin, through its pages."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client as Http

from analytics.models import Project
from tests.analytics.factories import new_client, new_project
from tests.analytics.pages import CLIENTS, PROJECTS, errors_on

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.analytics.routes")]

PROJECT_FORM = {
    "name": "Shop",
    "id": "shop",
    "domain": "shop.example.com",
    "own_domains": "pay.example.com\r\n\r\n blog.example.com \r\npay.example.com",
    "timezone": "Asia/Seoul",
    "session_timeout_minutes": "30",
    "duplicate_window_ms": "0",
    "address_policy": "truncate",
    "settings": "{}",
}


def test_a_project_is_created_with_lists_of_lines(admin_client: Http, admin_user: User) -> None:
    answer = admin_client.post(f"{PROJECTS}add/", PROJECT_FORM)

    project = Project.objects.get()
    assert answer.status_code == 302
    assert (project.id, project.timezone, project.address_policy) == ("shop", "Asia/Seoul", "truncate")
    assert project.own_domains == ["pay.example.com", "blog.example.com"]
    assert project.user_id == admin_user.pk


def test_a_wrong_timezone_is_explained(admin_client: Http) -> None:
    page = admin_client.post(f"{PROJECTS}add/", {**PROJECT_FORM, "timezone": "Seoul"})

    assert errors_on(page) == ["“Seoul” is not an IANA time zone; write one such as UTC or Asia/Seoul."]
    assert not Project.objects.exists()


def test_the_form_shows_lists_as_lines(admin_client: Http) -> None:
    new_project(own_domains=["pay.example.com", "blog.example.com"])

    page = admin_client.get(f"{PROJECTS}shop/change/").content.decode()

    assert "pay.example.com\nblog.example.com</textarea>" in page


def test_the_projects_id_cannot_be_changed(admin_client: Http) -> None:
    new_project()

    admin_client.post(f"{PROJECTS}shop/change/", {**PROJECT_FORM, "id": "other", "name": "Renamed"})

    assert list(Project.objects.values_list("id", "name")) == [("shop", "Renamed")]


def test_projects_are_listed_with_their_number_of_clients_and_found(admin_client: Http) -> None:
    project = new_project(domain="shop.example.com")
    new_client("read", project)
    new_client("root", project)
    new_project("game")

    everything = admin_client.get(PROJECTS).content.decode()
    found = admin_client.get(PROJECTS, {"q": "example.com"}).content.decode()

    assert re.findall(r'field-client_count">(\d+)<', everything) == ["0", "2"]
    assert ("Shop" in found, "Game" in found) == (True, False)


def test_a_project_written_by_hand_with_an_absent_owner_can_be_opened_and_saved(admin_client: Http) -> None:
    new_project(user_id=4711)

    assert admin_client.get(PROJECTS).status_code == 200
    assert admin_client.get(f"{PROJECTS}shop/change/").status_code == 200
    assert admin_client.post(f"{PROJECTS}shop/change/", PROJECT_FORM).status_code == 302


def test_a_project_with_clients_is_not_deleted(admin_client: Http) -> None:
    new_client()

    page = admin_client.post(f"{PROJECTS}shop/delete/", {"post": "yes"})

    assert "would require deleting the following protected related objects" in page.content.decode()
    assert Project.objects.count() == 1


def test_strangers_are_sent_to_the_log_in() -> None:
    for address in [PROJECTS, CLIENTS]:
        answer = Http().get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")
