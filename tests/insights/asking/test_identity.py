"""Which person an event is of, after what was sent later too: in every question, over HTTP."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from tests.insights.conftest import Ask
from tests.insights.senders import Senders

MARCH = {"startDate": "2024-03-01", "endDate": "2024-03-02"}
CASES = json.loads((Path(__file__).parents[1] / "cases" / "identity.json").read_text())

# The others merge records of persons and have no events: the tests below, and those of ingestion, have their rules.
OF_EVENTS = [case for case in CASES if case["query"]["type"] == "identity"]


def track(minute: int, device: str = "", profile: str = "", **fields: Any) -> dict[str, Any]:
    at = f"2024-03-01T10:{minute:02}:00Z"
    return {"name": "page_view", "timestamp": at, "deviceId": device, "profileId": profile, "path": "/", **fields}


def identify(minute: int, device: str, profile: str) -> dict[str, Any]:
    at = f"2024-03-01T10:{minute:02}:00Z"
    return {"type": "identify", "timestamp": at, "deviceId": device, "profileId": profile}


def alias(profile: str, other: str) -> dict[str, Any]:
    return {"type": "alias", "profileId": profile, "alias": other}


def visitors(ask: Ask) -> int:
    return int(ask("/insights/shop/metrics", MARCH).json()["uniqueVisitors"])


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["query"]["type"] == "identity"], ids=lambda case: case["id"]
)
def test_published_cases_of_whose_an_event_is(ask: Ask, senders: Senders, case: Any) -> None:
    senders.send(
        *[
            {
                "name": event["name"],
                "timestamp": event["timestamp"],
                "deviceId": event["device"],
                "profileId": event.get("user"),
            }
            for event in case["events"]
        ]
    )

    assert visitors(ask) == case["expected"]["people"]
    people: dict[str, list[str]] = {}
    for event, person in zip(case["events"], case["expected"]["event_person"], strict=True):
        people.setdefault(person, []).append(event["name"])
    for person, names in people.items():
        answer = ask(f"/insights/shop/profiles/{person}")
        if person.startswith("$device:"):
            # Ours lists only who is known by an id.
            assert answer.status_code == 404
        else:
            assert sorted(event["name"] for event in answer.json()["events"]) == sorted(names)


def test_aliases_join_two_known_persons(ask: Ask, senders: Senders) -> None:
    # The published case ID13 refuses to join two that are identified; PRODUCT.md joins whatever ids an alias names.
    senders.send(track(1, "d1", "old"), track(2, "d2", "u"))
    assert visitors(ask) == 2

    senders.send(alias("u", "old"))

    assert visitors(ask) == 1


def test_a_first_sign_in_takes_over_what_the_device_did_before(ask: Ask, senders: Senders) -> None:
    # The published case ID09, where the anonymous id is the device.
    senders.send(track(1, "anon"))
    senders.send(identify(2, "anon", "u"))

    person = ask("/insights/shop/profiles/u").json()

    assert (person["devices"], person["totalEvents"], visitors(ask)) == (["anon"], 1, 1)


def test_a_device_and_a_profile_of_the_same_name_are_two_things(ask: Ask, senders: Senders) -> None:
    # The published case ID15: naming oneself joins nothing else.
    senders.send(track(1, "u"), track(2, "d", "u"), alias("u", "u"))

    assert visitors(ask) == 2


def test_every_question_counts_one_person_for_a_device_and_its_profiles(ask: Ask, senders: Senders) -> None:
    senders.send(
        track(1, "d1", path="/a", referrer="https://www.google.com/"),
        track(2, "d1", "p", name="buy"),
        track(3, "d2", "q", path="/a", referrer="https://www.google.com/"),
        track(4, "d3"),
    )
    senders.send(alias("p", "q"))

    def rows(path: str, **more: str) -> Any:
        return ask(f"/insights/shop/{path}", {**MARCH, **more}).json()

    assert rows("metrics")["uniqueVisitors"] == 2
    assert [day["uniqueVisitors"] for day in rows("timeseries")] == [2, 0]
    assert {row["path"]: row["uniqueVisitors"] for row in rows("pages")} == {"/a": 1, "/": 1}
    assert {row["path"]: row["uniqueVisitors"] for row in rows("entry-pages")} == {"/a": 1, "/": 1}
    assert {row["path"]: row["uniqueVisitors"] for row in rows("exit-pages")} == {"/a": 1, "/": 1}
    assert {row["referrerName"]: row["uniqueVisitors"] for row in rows("referrers")} == {"Google": 1, "": 1}
    assert sum(row["uniqueVisitors"] for row in rows("channels")) == 2
    assert [row["uniqueVisitors"] for row in rows("devices")] == [2]
    assert [row["uniqueVisitors"] for row in rows("geo")] == [2]
    assert [row["count"] for row in rows("funnel", steps="page_view,buy")] == [2, 1]
    assert [row["cohortSize"] for row in rows("retention", startEvent="page_view")] == [2, 2]


def test_a_person_begins_with_the_first_of_their_devices_and_returns_with_any(ask: Ask, senders: Senders) -> None:
    senders.send(track(1, "d1"), track(1, "d2", timestamp="2024-03-02T10:01:00Z"), track(2, "d3"))
    senders.send(identify(3, "d1", "p"), identify(3, "d2", "p"))

    cells = ask("/insights/shop/retention", {**MARCH, "startEvent": "page_view"}).json()

    assert [(cell["cohortDate"], cell["cohortSize"], cell["retainedUsers"]) for cell in cells] == [
        ("2024-03-01", 2, 2),
        ("2024-03-01", 2, 1),
    ]


def test_those_who_are_here_now_are_persons_too(ask: Ask, senders: Senders) -> None:
    senders.send(
        {"name": "a", "deviceId": "d1"},
        {"name": "b", "deviceId": "d1", "profileId": "p"},
        {"name": "c", "profileId": "q"},
    )
    senders.send(alias("p", "q"))

    assert ask("/insights/shop/live").json() == {"count": 1}


ORDERS = list(itertools.permutations([track(1, "d1"), identify(2, "d1", "a"), alias("b", "a"), alias("c", "b")]))


@pytest.mark.parametrize("order", ORDERS[::5])
def test_chains_resolve_the_same_way_whatever_the_order(
    ask: Ask, senders: Senders, order: list[dict[str, Any]]
) -> None:
    for one in order:
        senders.send(one)

    person = ask("/insights/shop/profiles/a").json()

    assert (person["id"], person["aliases"], person["devices"]) == ("c", ["a", "b"], ["d1"])
    assert (person["totalEvents"], visitors(ask)) == (1, 1)


def test_of_what_a_batch_says_twice_the_later_counts(ask: Ask, senders: Senders) -> None:
    senders.send(*[{"type": "identify", "profileId": "p", "step": number} for number in range(100)])

    assert ask("/insights/shop/profiles/p").json()["traits"] == {"step": 99}


def test_one_projects_links_mean_nothing_in_another(ask: Ask, senders: Senders) -> None:
    senders.send(track(1, "d1"), identify(2, "d1", "p"))

    assert ask("/insights/game/metrics", MARCH, client="foreign").json()["uniqueVisitors"] == 0
