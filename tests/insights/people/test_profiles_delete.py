"""DELETE of a profile, and what its erasure tells: asked over HTTP, worked off, and nobody is known any more."""

from typing import Any

import pytest
from django.test import Client as Http

from analytics.models import Erasure
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.forgetting import erasure
from tests.analytics.factories import headers
from tests.insights.conftest import Ask
from tests.insights.senders import Senders
from tests.servers import until

NOON = 1_717_156_800_000  # 2024-05-31T12:00:00Z
PATH = "/insights/shop/profiles/ada"


def delete(path: str = PATH, client: str = "root") -> Any:
    return Http().delete(path, headers=headers(client))


def work_off() -> None:
    """As the beat does it, until everything is off the disk."""

    def is_done() -> bool:
        erasure.work()
        return not Erasure.objects.exclude(state="finished").exists()

    until(is_done, what="the erasure to be finished")


def test_a_person_is_forgotten_under_all_their_ids_and_nobody_else(ask: Ask, senders: Senders) -> None:
    senders.send(
        {"name": "before", "timestamp": NOON, "deviceId": "d1"},
        {"type": "identify", "profileId": "ada", "deviceId": "d1", "firstName": "Ada", "timestamp": NOON},
        {"name": "as lovelace", "timestamp": NOON, "deviceId": "d2", "profileId": "lovelace"},
        {"type": "alias", "profileId": "ada", "alias": "lovelace", "timestamp": NOON},
        {"type": "identify", "profileId": "bob", "deviceId": "d3", "firstName": "Bob", "timestamp": NOON},
        {"name": "stays", "timestamp": NOON, "deviceId": "d3"},
    )

    answer = delete("/insights/shop/profiles/lovelace")
    work_off()

    assert answer.status_code == 202
    assert ask(PATH).status_code == 404
    assert ask("/insights/shop/profiles/lovelace").status_code == 404
    assert [one["id"] for one in ask("/insights/shop/profiles").json()["profiles"]] == ["bob"]
    assert [row["name"] for row in client.query(Sql("SELECT name FROM events"))] == ["stays"]
    metrics = ask("/insights/shop/metrics", {"startDate": "2024-05-31", "endDate": "2024-05-31"}).json()
    assert (metrics["uniqueVisitors"], metrics["totalEvents"], metrics["totalSessions"]) == (1, 1, 1)


def test_the_answer_says_where_to_look_and_that_says_when_and_how_much(ask: Ask, senders: Senders) -> None:
    senders.send({"name": "a", "timestamp": NOON, "deviceId": "d1", "profileId": "ada"})

    begun = delete("/api/v1/analytics" + PATH).json()
    work_off()
    ended = ask(begun["statusUrl"]).json()

    number = str(Erasure.objects.get().pk)
    assert begun == {
        "id": number,
        "profileId": "ada",
        "state": "waiting",
        "requestedAt": begun["requestedAt"],
        "erasedAt": None,
        "finishedAt": None,
        "erased": {},
        "statusUrl": f"/api/v1/analytics/insights/shop/erasures/{number}",
    }
    assert ended == {
        **begun,
        "profileId": None,
        "state": "finished",
        "erasedAt": ended["erasedAt"],
        "finishedAt": ended["finishedAt"],
        "erased": {
            "events": 1,
            "bot_events": 0,
            "sessions": 1,
            "profile_changes": 0,
            "profile_sightings": 1,
            "identity_links": 1,
            "group_members": 0,
            "persons": 1,
            "profiles": 0,
            "cohort_members": 0,
            "quarantine": 0,
        },
    }
    assert ended["requestedAt"] < ended["erasedAt"] < ended["finishedAt"]


def test_what_is_asked_twice_while_it_runs_is_one_erasure(ask: Ask, senders: Senders) -> None:
    first, second = delete().json(), delete().json()
    work_off()
    third = delete().json()

    assert first == second
    assert third["id"] != first["id"]


def test_somebody_unknown_can_be_forgotten_too(ask: Ask, senders: Senders) -> None:
    answer = delete("/insights/shop/profiles/nobody%2Fat%20all")
    work_off()

    assert (answer.status_code, answer.json()["profileId"]) == (202, "nobody/at all")
    assert set(ask(answer.json()["statusUrl"]).json()["erased"].values()) == {0}


@pytest.mark.parametrize("method", ["delete", "get"])
def test_without_a_client_nobody_is_forgotten(shop: str, method: str) -> None:
    path = {"delete": PATH, "get": "/insights/shop/erasures/1"}[method]

    assert getattr(Http(), method)(path).status_code == 401
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("kind", ["read", "write"])
def test_only_a_root_client_may(ask: Ask, kind: str) -> None:
    for answer in (delete(client=kind), ask("/insights/shop/erasures/1", client=kind)):
        assert answer.status_code == 403
        assert "This needs a client of type root" in answer.json()["message"]
    assert not Erasure.objects.exists()


def test_another_projects_client_can_neither_erase_nor_look(ask: Ask, senders: Senders) -> None:
    mine = delete().json()

    assert delete(client="foreign").status_code == 404
    assert ask(mine["statusUrl"], client="foreign").status_code == 404
    assert ask(f"/insights/game/erasures/{mine['id']}", client="foreign").status_code == 404
    assert Erasure.objects.count() == 1


@pytest.mark.parametrize("number", ["0", "x", "9" * 30, "²"])
def test_an_erasure_that_is_none_is_not_found(ask: Ask, number: str) -> None:
    assert ask(f"/insights/shop/erasures/{number}").status_code == 404


def test_an_id_that_nobody_can_have_is_refused(shop: str) -> None:
    for path in ("/insights/shop/profiles/a%00b", "/insights/shop/profiles/" + "a" * 10_001):
        answer = delete(path)
        assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "id")


def test_another_method_is_refused(shop: str) -> None:
    assert Http().put(PATH, headers=headers("root")).status_code == 405
    assert Http().delete("/insights/shop/erasures/1", headers=headers("root")).status_code == 405


def test_who_is_forgotten_is_in_no_cohort_any_more(ask: Ask, senders: Senders) -> None:
    senders.send(
        {"name": "buy", "timestamp": NOON, "deviceId": "d1", "profileId": "ada"},
        {"name": "buy", "timestamp": NOON, "deviceId": "d2"},
    )
    body = {"name": "Buyers", "definition": {"did": "buy"}}
    Http().put("/insights/shop/cohorts/buyers", body, content_type="application/json", headers=headers("root"))

    delete()
    work_off()

    members = client.query(Sql("SELECT count() AS n FROM cohort_members"))
    assert members == [{"n": 1}]
    assert ask("/insights/shop/cohorts/buyers/people").json()["people"] == [{"id": "d2", "kind": "device"}]
