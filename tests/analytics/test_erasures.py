"""Wishes to forget: one at a time for each person, also for a deleted project, and only looked at in the admin."""

from datetime import UTC, datetime

import pytest
import redis
from django.db import OperationalError
from django.test import Client as Http

from analytics import erasures
from analytics.models import Erasure, Project
from eventlens.api import Unavailable
from tests.analytics.factories import new_client, new_project
from tests.analytics.pages import PROJECTS
from tests.ingestion.test_tasks import queued

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.analytics.routes")]
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
PAGE = "/admin/analytics/erasure/"


def test_one_wish_a_person_runs_at_a_time() -> None:
    first = erasures.erase_profile("shop", "ada", NOW)
    again = erasures.erase_profile("shop", "ada", datetime(2024, 6, 2, tzinfo=UTC))

    assert again == first
    assert again.requested_at == NOW


@pytest.mark.parametrize(
    ("project", "profile"), [("shop", "Ada"), ("shop", "ada "), ("Shop", "ada"), ("blog", "ada")]
)
def test_other_persons_and_other_projects_are_other_wishes(project: str, profile: str) -> None:
    first = erasures.erase_profile("shop", "ada", NOW)

    assert erasures.erase_profile(project, profile, NOW) != first


def test_a_database_that_is_away_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**fields: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(Erasure.objects, "get_or_create", away)
    monkeypatch.setattr(Erasure.objects, "filter", away)

    with pytest.raises(Unavailable):
        erasures.erase_profile("shop", "ada", NOW)
    with pytest.raises(Unavailable):
        erasures.find_profile_erasure("shop", 1)


def test_ids_may_hold_anything_that_profiles_ids_may() -> None:
    for profile in ("😀" * 200, "x" * 10_000, "https://id.example/ada?x"):
        assert erasures.erase_profile("shop", profile, NOW).subject == profile


@pytest.mark.django_db(transaction=True)
def test_a_wish_wakes_a_worker(store: "redis.Redis") -> None:
    erasures.erase_profile("shop", "ada", NOW)

    assert queued(store) == [("ingestion.tasks.erase", [])]


def test_a_project_deleted_in_the_admin_is_to_be_erased(admin_client: Http) -> None:
    new_project("shop")

    admin_client.post(f"{PROJECTS}shop/delete/", {"post": "yes"})

    assert not Project.objects.exists()
    assert list(Erasure.objects.values_list("kind", "project_id", "state")) == [("project", "shop", "waiting")]


def test_a_project_that_is_not_deleted_is_not_erased(admin_client: Http) -> None:
    new_client("root", new_project("shop"))

    admin_client.post(f"{PROJECTS}shop/delete/", {"post": "yes"})

    assert not Erasure.objects.exists()


def test_the_admin_shows_erasures_and_changes_none(admin_client: Http) -> None:
    one = erasures.erase_profile("shop", "ada", NOW)

    assert "Waiting to begin" in admin_client.get(PAGE).content.decode()
    assert "ada" in admin_client.get(f"{PAGE}{one.pk}/change/").content.decode()
    for path in (f"{PAGE}add/", f"{PAGE}{one.pk}/change/", f"{PAGE}{one.pk}/delete/"):
        assert admin_client.post(path, {"post": "yes"}).status_code == 403
    assert Erasure.objects.count() == 1
