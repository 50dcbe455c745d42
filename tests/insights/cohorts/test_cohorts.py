"""Cohorts over HTTP: made, changed, asked for, used in every question, refreshed, and forgotten with persons."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Http

from analytics.models import Cohort
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from insights import tasks
from insights.asking import cursors
from insights.cohorts import book as cohort_book
from tests.analytics.factories import headers
from tests.insights.conftest import Ask
from tests.insights.histories import at, stored
from tests.insights.oracle import Event
from tests.insights.senders import Senders

PATH = "/insights/shop/cohorts"
NOON = at("2024-01-10T12:00")
BUYERS = {"name": "Buyers", "definition": {"did": "buy"}}
RANGE = {"startDate": "2024-01-10", "endDate": "2024-01-10"}
IN_BUYERS = '[{"field": "cohort", "value": "buyers"}]'


def send(method: str, path: str, body: Any = None, client: str = "root") -> Any:
    http = Http(headers=headers(client))
    return getattr(http, method)(path, body, content_type="application/json")


@pytest.fixture
def buyers(shop: str, clickhouse: None, store: object) -> dict[str, Any]:
    """Ann bought and Bob looked."""
    stored([Event(NOON, "buy", "d1", "ann"), Event(NOON + 1, device="d2", path="/", order=1)], "shop")
    answer = send("put", f"{PATH}/buyers", BUYERS)
    assert answer.status_code == 200, answer.content
    made: dict[str, Any] = answer.json()
    return made


def test_a_cohort_is_made_and_says_what_it_is(buyers: dict[str, Any], ask: Ask) -> None:
    again = ask(f"{PATH}/buyers", client="read").json()

    assert again == buyers
    moments = {"refreshedAt", "createdAt", "updatedAt"}
    assert {key: value for key, value in buyers.items() if key not in moments} == {
        "id": "buyers",
        "name": "Buyers",
        "kind": "refreshed",
        "definition": {"did": "buy"},
        "refreshMinutes": 60,
        "size": 1,
        "failure": "",
    }
    assert ask(PATH, client="read").json() == [buyers]
    assert ask(f"{PATH}/buyers/people", client="read").json() == {
        "people": [{"id": "ann", "kind": "profile"}],
        "next": "",
    }


def test_a_post_makes_one_under_an_id_of_its_own(buyers: dict[str, Any]) -> None:
    made, taken = send("post", PATH, BUYERS), send("post", PATH, {**BUYERS, "id": "buyers"})

    assert (made.status_code, len(made.json()["id"])) == (201, 36)
    assert (taken.status_code, taken.json()["details"][0]["field"]) == (400, "id")


def test_a_cohort_is_a_filter_and_a_dimension(buyers: dict[str, Any], ask: Ask) -> None:
    within = ask("/insights/shop/metrics", {**RANGE, "filters": IN_BUYERS}).json()
    rows = ask("/insights/shop/breakdown", {**RANGE, "by": "cohort.buyers", "metrics": "totalEvents"}).json()

    assert within["totalEvents"] == 1
    assert sorted((row["cohort.buyers"], row["totalEvents"]) for row in rows) == [("in", 1), ("out", 1)]


@pytest.mark.parametrize("theirs", ["nobody", "games"])
def test_another_projects_cohort_is_as_unknown_as_none(buyers: dict[str, Any], ask: Ask, theirs: str) -> None:
    assert send("put", "/insights/game/cohorts/games", BUYERS, "foreign").status_code == 200

    for path in (f"{PATH}/{theirs}", f"{PATH}/{theirs}/people"):
        assert ask(path).status_code == 404
    assert send("patch", f"{PATH}/{theirs}", {"name": "x"}).status_code == 404
    assert send("delete", f"{PATH}/{theirs}").status_code == 404
    assert send("post", f"{PATH}/{theirs}/refresh").status_code == 404
    filtered = ask("/insights/shop/metrics", {"filters": f'[{{"field": "cohort", "value": "{theirs}"}}]'})
    grouped = ask("/insights/shop/breakdown", {"by": f"cohort.{theirs}"})
    assert (filtered.status_code, filtered.json()["details"][0]["field"]) == (400, "filters")
    assert (grouped.status_code, grouped.json()["details"][0]["field"]) == (400, "by")


def test_a_cohort_changes_in_part_or_whole(buyers: dict[str, Any]) -> None:
    renamed = send("patch", f"{PATH}/buyers", {"name": "Customers"}).json()
    redefined = send("patch", f"{PATH}/buyers", {"definition": {"didNot": "buy"}, "refreshMinutes": 0}).json()
    listed = send("put", f"{PATH}/buyers", {"name": "Listed", "ids": ["ann", "carl", "ann"]}).json()

    assert renamed == {**buyers, "name": "Customers", "updatedAt": renamed["updatedAt"]}
    assert (redefined["kind"], redefined["size"], redefined["name"]) == ("static", 1, "Customers")
    assert (listed["kind"], listed["size"], listed["definition"]) == ("list", 2, None)
    assert send("post", f"{PATH}/buyers/refresh").status_code == 400


def test_a_deleted_cohort_is_gone(buyers: dict[str, Any], ask: Ask) -> None:
    deleted = send("delete", f"{PATH}/buyers")

    assert (deleted.status_code, deleted.json()) == (200, buyers)
    assert ask(f"{PATH}/buyers").status_code == 404
    assert ask("/insights/shop/metrics", {"filters": IN_BUYERS}).status_code == 400


def test_people_come_in_pages(shop: str, clickhouse: None, store: object, ask: Ask) -> None:
    stored([Event(NOON + at_, "buy", f"d{at_}", order=at_) for at_ in range(5)], "shop")
    send("put", f"{PATH}/buyers", BUYERS)

    found: list[str] = []
    page = {"next": ""}
    while True:
        page = ask(f"{PATH}/buyers/people", {"limit": "2", "cursor": page["next"]}).json()
        found += [one["id"] for one in page["people"]]
        if not page["next"]:
            break

    assert sorted(found) == ["d0", "d1", "d2", "d3", "d4"]


def test_a_cursor_that_is_no_key_of_a_person_is_refused(buyers: dict[str, Any], ask: Ask) -> None:
    last, beyond = (cursors.word((0, str(key))) for key in (2**64 - 1, 2**64))

    assert ask(f"{PATH}/buyers/people", {"cursor": last}).json() == {"people": [], "next": ""}
    answer = ask(f"{PATH}/buyers/people", {"cursor": beyond})
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "cursor")


def test_the_beat_works_out_again_what_is_due(buyers: dict[str, Any], ask: Ask) -> None:
    stored([Event(NOON + 2, "buy", "d2", order=2)], "shop")
    tasks.refresh_cohorts()
    before = ask(f"{PATH}/buyers").json()["size"]
    later = datetime.now(UTC) + timedelta(hours=2)

    cohort_book.refresh_due(later, lambda: True)

    assert before == 1
    assert ask(f"{PATH}/buyers").json()["size"] == 2
    assert Cohort.objects.get().due_at == later + timedelta(hours=1)


def test_a_definition_that_is_not_valid_any_more_keeps_its_members_and_tells(
    buyers: dict[str, Any], ask: Ask
) -> None:
    send(
        "put",
        f"{PATH}/others",
        {"name": "Others", "definition": {"not": {"field": "cohort", "value": "buyers"}}},
    )
    send("delete", f"{PATH}/buyers")

    cohort_book.refresh_due(datetime.now(UTC) + timedelta(hours=2), lambda: True)

    told = ask(f"{PATH}/others").json()
    assert told["size"] == 1
    assert told["failure"].startswith("The definition is not valid any more: There is no cohort 'buyers'")


def test_old_members_are_swept_away_and_those_that_count_stay(
    buyers: dict[str, Any], ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    send("put", f"{PATH}/gone", BUYERS)
    send("delete", f"{PATH}/gone")
    send("post", f"{PATH}/buyers/refresh")
    monkeypatch.setattr("insights.cohorts.cohorts.HOUR_US", -3_600_000_000)

    cohort_book.sweep(datetime.now(UTC))
    young = client.query(Sql("SELECT cohortId, count() AS n FROM cohort_members GROUP BY cohortId"))
    cohort_book.sweep(datetime.now(UTC) + timedelta(hours=1))

    assert young == [{"cohortId": "buyers", "n": 2}]
    assert client.query(Sql("SELECT cohortId, count() AS n FROM cohort_members GROUP BY cohortId")) == [
        {"cohortId": "buyers", "n": 1}
    ]
    assert ask("/insights/shop/metrics", {**RANGE, "filters": IN_BUYERS}).json()["totalEvents"] == 1


def test_traits_groups_and_what_was_done_combine(senders: Senders, ask: Ask) -> None:
    noon = "2024-01-10T12:00:00Z"
    senders.send(
        {"name": "buy", "deviceId": "d1", "profileId": "ann", "timestamp": noon},
        {"name": "buy", "deviceId": "d2", "profileId": "bob", "timestamp": noon},
        {"type": "identify", "profileId": "ann", "plan": "pro"},
        {"type": "identify", "profileId": "carl", "plan": "pro"},
    )
    pro = {"field": "profile.plan", "value": "pro"}

    both = send("post", PATH, {"name": "Both", "definition": {"and": [{"did": "buy"}, pro]}}).json()
    idle = send("post", PATH, {"name": "Idle", "definition": {"and": [{"didNot": "buy"}, pro]}}).json()

    names = [ask(f"{PATH}/{one['id']}/people").json()["people"] for one in (both, idle)]
    assert names == [[{"id": "ann", "kind": "profile"}], [{"id": "carl", "kind": "profile"}]]


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "definition", "Give a definition, or ids"),
        ({**BUYERS, "ids": ["a"]}, "ids", "not both"),
        ({**BUYERS, "name": ""}, "name", "1 to 255 characters"),
        ({**BUYERS, "id": "a b"}, "id", "letters, digits"),
        ({**BUYERS, "refreshMinutes": 1}, "refreshMinutes", "5 to 43200 minutes"),
        ({**BUYERS, "colour": "red"}, "colour", "There is no parameter"),
        ({"name": "x", "ids": [1]}, "ids", "a list of 1 to 100000 profile ids"),
        ({"name": "x", "ids": ["a"], "refreshMinutes": 60}, "refreshMinutes", "A list stays as it is"),
        ({"name": "x", "definition": 3}, "definition", 'allowed: {"did": "buy"'),
        ({"name": "x", "definition": {"or": []}}, "definition.or", "a list of 1 to 50 conditions"),
        ({"name": "x", "definition": {"did": 1}}, "definition.did", "the name of an event"),
        ({"name": "x", "definition": {"did": "a", "often": 1}}, "definition", "and nothing else"),
        ({"name": "x", "definition": {"did": "a", "days": 0}}, "definition.days", "from 1 to 36500"),
        ({"name": "x", "definition": {"did": "a", "exactly": 1, "atMost": 1}}, "definition", "has exactly"),
        (
            {"name": "x", "definition": {"did": "a", "atLeast": 3, "atMost": 1}},
            "definition",
            "swap the numbers",
        ),
        ({"name": "x", "definition": {"did": "a", "startDate": "soon"}}, "definition.startDate", "a date"),
        (
            {"name": "x", "definition": {"and": [{"did": "a"}, {"field": "path", "value": "/"}]}},
            "definition.and[1].field",
            "filters on events stand in a did",
        ),
        (
            {"name": "x", "definition": {"did": "a", "filters": [{"field": "shoe"}]}},
            "definition.filters[0].field",
            "There is no field",
        ),
    ],
)
def test_what_is_wrong_is_told(shop: str, clickhouse_process: object, body: Any, field: str, message: str) -> None:
    answer = send("post", PATH, body)

    assert answer.status_code == 400
    [problem, *_] = [one for one in answer.json()["details"] if one["field"] == field]
    assert message in problem["message"]


EVERY = [
    ("get", PATH),
    ("post", PATH),
    ("get", f"{PATH}/x"),
    ("put", f"{PATH}/x"),
    ("patch", f"{PATH}/x"),
    ("delete", f"{PATH}/x"),
    ("post", f"{PATH}/x/refresh"),
    ("get", f"{PATH}/x/people"),
]
every_route = pytest.mark.parametrize(("method", "path"), EVERY)


@every_route
def test_without_a_client_nobody_is_answered(shop: str, method: str, path: str) -> None:
    assert getattr(Http(), method)(path).status_code == 401


@every_route
def test_the_wrong_kind_of_client_is_refused(shop: str, method: str, path: str) -> None:
    answer = send(method, path, BUYERS, "write" if method == "get" else "read")

    assert answer.status_code == 403


@every_route
def test_another_projects_client_finds_nothing(shop: str, method: str, path: str) -> None:
    assert send(method, path, BUYERS, "foreign").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("delete", PATH),
        ("post", f"{PATH}/x"),
        ("get", f"{PATH}/x/refresh"),
        ("post", f"{PATH}/x/people"),
    ],
)
def test_another_method_is_refused(shop: str, method: str, path: str) -> None:
    assert send(method, path, BUYERS).status_code == 405


@pytest.mark.parametrize("text", ["' OR 1=1 --", "{project:String} $events", "\x00\\'", "[[["])
def test_hostile_texts_are_refused_or_harmless(shop: str, clickhouse: None, store: object, text: str) -> None:
    bodies = [
        {"name": text, "definition": {"did": text}},
        {"name": "x", "definition": {"did": "", "filters": [{"field": f"properties.{text}", "value": text}]}},
        {"name": "x", "definition": {"field": f"profile.{text}", "value": text}},
        {"name": "x", "definition": {"field": "cohort", "value": text}},
        {"name": "x", "definition": text},
        {"name": "x", "ids": [text]},
        {**BUYERS, "id": text},
        {**BUYERS, "refreshMinutes": text},
    ]

    for body in bodies:
        answer = send("post", PATH, body)
        assert answer.status_code in {201, 400}, answer.content
        assert "DB::Exception" not in answer.content.decode()
