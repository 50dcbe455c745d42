"""The published cases of two ids that meet, asked of us: one person, or refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.analytics.factories import headers
from tests.insights.conftest import Ask
from tests.insights.senders import Senders

CASES = json.loads((Path(__file__).parents[1] / "cases" / "identity.json").read_text())
MERGES = [case for case in CASES if case["query"]["type"] == "person_merge"]
ANONYMOUS = "$anon_distinct_id"

# What we answer instead, and why.
OTHERWISE: dict[str, tuple[dict[str, Any], str]] = {
    "ID13-alias-refuse": ({"people": 1}, "an alias joins whatever ids it names, also two that are known"),
}


def test_every_case_is_of_a_kind_that_is_asked() -> None:
    assert {case["query"]["type"] for case in CASES} == {"identity", "person_merge"}
    assert set(OTHERWISE) <= {case["id"] for case in MERGES}


def history(case: Any) -> list[dict[str, Any]]:
    """An event of each person who is there before, and their traits.

    An id that nothing is known of but that it was seen is a device here; any other is a profile.
    """
    items: list[dict[str, Any]] = []
    for person in case["query"]["existing_people"]:
        [known_as] = person["distinct_ids"]
        if known_as == "anon" and not person["properties"]:
            items.append({"name": "seen", "deviceId": known_as})
            continue
        items.append({"name": "seen", "deviceId": f"device of {known_as}", "profileId": known_as})
        if person["properties"]:
            items.append({"type": "identify", "profileId": known_as, "properties": person["properties"]})
    return items


def meeting(case: Any) -> dict[str, Any]:
    """What joins them: the device of a profile, else another id of it."""
    [event] = case["events"]
    user, other = event["user"], event["properties"].get(ANONYMOUS) or event["properties"]["alias"]
    if {"name": "seen", "deviceId": other} in history(case):
        return {"type": "identify", "profileId": user, "deviceId": other}
    return {"type": "alias", "profileId": user, "alias": other}


def visitors(ask: Ask) -> int:
    return int(ask("/insights/shop/metrics").json()["uniqueVisitors"])


@pytest.mark.parametrize("case", MERGES, ids=[case["id"] for case in MERGES])
def test_two_ids_meet(ask: Ask, senders: Senders, case: Any) -> None:
    expected = case["expected"] | OTHERWISE.get(case["id"], ({}, ""))[0]
    senders.send(*history(case))
    before, joined = visitors(ask), meeting(case)
    payload = {name: value for name, value in joined.items() if name != "type"}

    answer = Client().post(
        "/track", {"type": joined["type"], "payload": payload}, "application/json", headers=headers("root")
    )
    senders.arrive()

    if expected.get("warning") == "cannot_merge_with_illegal_distinct_id":
        assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "payload.profileId")
    else:
        assert answer.status_code == 200
    people = expected.get("people", before)
    assert visitors(ask) == (len(people) if isinstance(people, list) else people)
    for person in people if isinstance(people, list) else []:
        found = ask(f"/insights/shop/profiles/{person['distinct_ids'][-1]}").json()
        assert found["traits"] == person.get("properties", {})
