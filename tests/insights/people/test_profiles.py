"""Profiles over HTTP: the list, and one person with all that is known of them."""

from typing import Any

import pytest
from django.test import Client as Http

from tests.insights.conftest import Ask
from tests.insights.senders import Senders

NOON = 1_717_156_800_000  # 2024-05-31T12:00:00Z, 14:00 in the shop's time zone
SECOND = 1000


def identify(profile: Any, device: str = "", at: int = NOON, **traits: Any) -> dict[str, Any]:
    return {"type": "identify", "profileId": profile, "deviceId": device, "timestamp": at, **traits}


def track(name: str, at: int, **fields: Any) -> dict[str, Any]:
    return {"name": name, "timestamp": at, **fields}


def test_one_person_has_traits_devices_aliases_times_and_all_events(ask: Ask, senders: Senders) -> None:
    senders.send(
        track("before", NOON - SECOND, deviceId="d1", path="/a"),
        identify(42, "d1", firstName="Ada", properties={"plan": "pro", "n": 1}),
        {"type": "increment", "profileId": 42, "property": "n", "value": 0.1, "timestamp": NOON + 1},
        {"type": "assign_group", "groupIds": ["acme"], "profileId": 42},
        track("other device", NOON + SECOND, deviceId="d2", profileId="ada", revenue=5),
        track("somebody else", NOON, deviceId="d3", properties={"n": 2}),
    )
    senders.send({"type": "alias", "profileId": 42, "alias": "ada", "timestamp": NOON})

    person = ask("/insights/shop/profiles/ada").json()

    events = person.pop("events")
    assert person == {
        "id": "42",
        "aliases": ["ada"],
        "devices": ["d1", "d2"],
        "totalDevices": 2,
        "groups": ["acme"],
        "firstSeenAt": "2024-05-31T13:59:59+02:00",
        "lastSeenAt": person["lastSeenAt"],
        "totalEvents": 2,
        "traits": {"firstName": "Ada", "n": 1.1, "plan": "pro"},
        "next": "",
    }
    assert [(event["name"], event["createdAt"], event["deviceId"]) for event in events] == [
        ("other device", "2024-05-31T14:00:01+02:00", "d2"),
        ("before", "2024-05-31T13:59:59+02:00", "d1"),
    ]
    assert ask("/insights/shop/profiles/42").json() == {**person, "events": events}


def test_the_list_has_each_person_once_newest_first(ask: Ask, senders: Senders) -> None:
    senders.send(
        identify("a", at=NOON, plan="pro"),
        identify("b", at=NOON + SECOND),
        track("x", NOON + 2 * SECOND, deviceId="d", profileId="c"),
        {"type": "alias", "profileId": "a", "alias": "b", "timestamp": NOON},
    )

    answer = ask("/insights/shop/profiles").json()

    assert answer == {
        "profiles": [
            {
                "id": "c",
                "firstSeenAt": "2024-05-31T14:00:02+02:00",
                "lastSeenAt": "2024-05-31T14:00:02+02:00",
                "traits": {},
            },
            {
                "id": "a",
                "firstSeenAt": "2024-05-31T14:00:00+02:00",
                "lastSeenAt": "2024-05-31T14:00:01+02:00",
                "traits": {"plan": "pro"},
            },
        ],
        "next": "",
    }


def test_pages_follow_each_other_without_a_gap_or_a_repeat(ask: Ask, senders: Senders) -> None:
    # Many were last seen in the same millisecond.
    senders.send(*[identify(f"p{number:02}", at=NOON + number // 10) for number in range(25)])

    assert pages(ask, "/insights/shop/profiles", "profiles", "id") == [
        *[f"p{number}" for number in range(20, 25)],
        *[f"p{number}" for number in range(10, 20)],
        *[f"p{number:02}" for number in range(10)],
    ]


def test_a_timelines_pages_follow_each_other_too(ask: Ask, senders: Senders) -> None:
    senders.send(
        *[track(f"n{number:02}", NOON + number // 10, profileId="p", eventId=f"e{number:02}") for number in range(25)]
    )

    found = pages(ask, "/insights/shop/profiles/p", "events", "name")

    assert found == [f"n{number:02}" for number in reversed(range(25))]


def pages(ask: Ask, path: str, rows: str, name: str) -> list[Any]:
    """That field of all rows, seven a page."""
    found, cursor = [], ""
    while True:
        answer = ask(path, {"limit": "7", "cursor": cursor}).json()
        found += [row[name] for row in answer[rows]]
        cursor = answer["next"]
        if not cursor:
            return found


@pytest.mark.parametrize(("search", "expected"), [("ADA@", ["p1"]), ("P2", ["p2"]), ("%", []), ("é", ["p3"])])
def test_search_looks_into_ids_and_traits(ask: Ask, senders: Senders, search: str, expected: list[str]) -> None:
    senders.send(identify("p1", email="ada@example.com"), identify("p2"), identify("p3", name="Zoé"))

    answer = ask("/insights/shop/profiles", {"search": search}).json()

    assert [row["id"] for row in answer["profiles"]] == expected


def test_numbers_keep_all_their_digits(ask: Ask, senders: Senders) -> None:
    senders.send({"type": "increment", "profileId": "p", "property": "n", "value": "123456789012345.123456789"})

    answer = ask("/insights/shop/profiles/p")

    assert b'"traits":{"n":123456789012345.123456789}' in answer.content


def test_an_id_may_hold_slashes(ask: Ask, senders: Senders) -> None:
    senders.send(identify("https://id.example/ada?x"))

    assert (
        ask("/insights/shop/profiles/https%3A%2F%2Fid.example%2Fada%3Fx").json()["id"] == "https://id.example/ada?x"
    )


@pytest.mark.parametrize("meta", ["0", "1"])
def test_nobody_is_found_where_nobody_is_known(ask: Ask, senders: Senders, meta: str) -> None:
    answer = ask("/insights/shop/profiles/nobody", {"meta": meta})

    assert answer.status_code == 404
    assert "Nobody is known by this id" in answer.json()["message"]


def test_another_projects_client_sees_no_person(ask: Ask, senders: Senders) -> None:
    senders.send(identify("p"))

    assert ask("/insights/shop/profiles/p", client="foreign").status_code == 404
    assert ask("/insights/game/profiles/p", client="foreign").status_code == 404
    assert ask("/insights/game/profiles", client="foreign").json()["profiles"] == []


@pytest.mark.parametrize("cursor", ["x", "WzEsMl0=", "é", "WzEsICJhXHUwMDAwIl0="])
def test_a_cursor_that_is_none_of_ours_is_refused(ask: Ask, shop: str, cursor: str) -> None:
    for path in ("/insights/shop/profiles", "/insights/shop/profiles/p"):
        answer = ask(path, {"cursor": cursor})
        assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "cursor")


@pytest.mark.parametrize(("path", "status"), [("profiles", 200), ("profiles/p", 404)])
def test_who_may_ask(ask: Ask, senders: Senders, path: str, status: int) -> None:
    assert ask(f"/insights/shop/{path}", client="read").status_code == status
    assert ask(f"/api/v1/analytics/insights/shop/{path}").status_code == status
    assert ask(f"/insights/shop/{path}", client="write").status_code == 403
    assert Http().get(f"/insights/shop/{path}").status_code == 401


def test_an_empty_project_answers_an_empty_list(ask: Ask, senders: Senders) -> None:
    assert ask("/insights/shop/profiles").json() == {"profiles": [], "next": ""}


@pytest.mark.parametrize("path", ["profiles", "profiles/p"])
def test_meta_names_everything_that_is_answered(ask: Ask, senders: Senders, path: str) -> None:
    senders.send(identify("p", "d"))

    answer = ask(f"/insights/shop/{path}", {"meta": "1"}).json()

    shown = {name for row in [answer["data"], *answer["data"].get("profiles", [])] for name in row} - {"id"}
    assert shown <= answer["query"]["definitions"].keys()
    assert (answer["query"]["project"], answer["query"]["limit"]) == ("shop", 50)


@pytest.mark.parametrize("path", ["profiles", "profiles/p"])
def test_unknown_parameters_are_refused(ask: Ask, shop: str, path: str) -> None:
    answer = ask(f"/insights/shop/{path}", {"startDate": "2024-01-01"})

    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "startDate")
