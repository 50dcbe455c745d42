"""What may be said about persons and groups, and what is refused by the name of its field."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.door.accepted import AcceptedChange
from ingestion.wire import contract
from ingestion.wire.drafts import draft
from ingestion.wire.refusal import Refused
from tests.ingestion.factories import HOUR, NOON, item, project, said, sender
from tests.ingestion.wire.test_contract_any import JSON

TYPES = ("identify", "increment", "decrement", "alias", "group", "assign_group", "replay")


def test_identify_takes_named_fields_properties_and_further_traits() -> None:
    change = said(
        "identify",
        profileId=42,
        deviceId="d1",
        firstName="Ada",
        email="ada@example.com",
        properties={
            "plan": "a",
            "seats": 3,
            "vip": True,
            "address": {"city": "Ulm", "zip": None},
            "tags": ["a", 1],
        },
        company="Example",
    )

    assert (change.kind, change.profile_id, change.device_id) == ("identify", "42", "d1")
    assert change.traits == {
        "plan": '"a"',
        "seats": "3",
        "vip": "true",
        "address.city": '"Ulm"',
        "address.zip": None,
        "tags": '["a",1]',
        "firstName": '"Ada"',
        "email": '"ada@example.com"',
        "company": '"Example"',
    }


def test_a_named_field_wins_over_a_property_of_the_same_name() -> None:
    assert said("identify", profileId="p", email="a@b.c", properties={"email": "x"}).traits == {"email": '"a@b.c"'}


def test_what_steers_the_request_is_no_trait() -> None:
    change = said("identify", profileId="p", eventId="e", timestamp=NOON - HOUR, sentAt=NOON, sessionId="s")

    assert (change.traits, change.event_id, change.created_ms) == ({}, "e", NOON - HOUR)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("increment", None, "1"),
        ("increment", 2.5, "2.5"),
        ("increment", "0.1", "0.1"),
        ("increment", 0.30000000000000004, "0.3"),
        ("decrement", 10, "-10"),
        ("increment", 999_999_999_999_999, "999999999999999"),
    ],
)
def test_a_number_goes_up_or_down_by_an_exact_decimal(kind: str, value: Any, expected: str) -> None:
    assert said(kind, profileId="p", property="cart.items", value=value).added == {"cart.items": expected}


@pytest.mark.parametrize("value", [0, -1, 10**15, "many", "NaN", "Infinity", 1e-12])
def test_a_value_that_is_not_above_0_is_refused(value: Any) -> None:
    assert refused("increment", profileId="p", property="n", value=value) == "payload.value"


@pytest.mark.parametrize("name", ["", " ", ".", "x" * 201])
def test_a_property_without_a_usable_name_is_refused(name: str) -> None:
    assert refused("decrement", profileId="p", property=name) == "payload.property"


def test_groups_come_as_openpanels_sdk_sends_them() -> None:
    group = said("group", id="acme", type="company", name="Acme", properties={"plan": "pro"})
    member = said("assign_group", groupIds=["acme", "acme", 7], profileId="p")
    device = said("assign_group", groupIds=["acme"], deviceId="d")

    assert (group.groups, group.traits) == (["acme"], {"type": '"company"', "name": '"Acme"', "plan": '"pro"'})
    assert (member.groups, member.profile_id) == (["acme", "7"], "p")
    assert (device.profile_id, device.device_id) == ("", "d")


# The ids are those of the published cases ID17 to ID27, and what the rules name besides.
DEEP: dict[str, Any] = {"b": {"b": {"b": {"b": {"b": {"b": {"b": {"b": 1}}}}}}}}
NOBODY = ["guest", "null", "[object Object]", "None", " ", "true", "NaN", "undefined", "0", 0, "false", "Anonymous"]


@pytest.mark.parametrize("nobody", NOBODY)
def test_an_id_that_stands_for_nobody_names_no_person(nobody: Any) -> None:
    assert refused("identify", profileId=nobody) == "payload.profileId"
    assert refused("increment", profileId=nobody, property="n") == "payload.profileId"
    assert refused("alias", profileId=nobody, alias="a") == "payload.profileId"
    assert refused("alias", profileId="p", alias=nobody) == "payload.alias"
    assert refused("assign_group", profileId=nobody, groupIds=["g"]) == "payload.profileId"
    assert refused("assign_group", profileId="p", groupIds=["g", nobody]) == "payload.groupIds[1]"


@pytest.mark.parametrize(
    ("kind", "payload", "field"),
    [
        ("identify", {}, "payload.profileId"),
        ("identify", {"profileId": None}, "payload.profileId"),
        ("identify", {"profileId": "p", "properties": "x"}, "payload.properties"),
        ("identify", {"profileId": "p", "x" * 201: 1}, f"payload.{'x' * 50}"),
        ("identify", {"profileId": "p", "bio": "x" * 8193}, "payload.bio"),
        ("identify", {"profileId": "p", "timestamp": "soon"}, "payload.timestamp"),
        ("identify", {"profileId": "p", "deviceId": "d" * 201}, "payload.deviceId"),
        ("identify", {"profileId": "p", "properties": {str(n): n for n in range(201)}}, "payload"),
        (
            "identify",
            {"profileId": "p", "a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}}},
            "payload.a.a.a.a.a.a.a.a",
        ),
        ("alias", {"profileId": "p"}, "payload.alias"),
        ("group", {"id": "g"}, "payload.type"),
        ("group", {"type": "company"}, "payload.id"),
        ("assign_group", {"groupIds": []}, "payload.groupIds"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_the_name_of_its_field(kind: str, payload: Any, field: str) -> None:
    assert refused(kind, **payload) == field


def test_what_is_said_of_a_person_may_be_older_than_the_events_that_a_project_keeps() -> None:
    change = said("identify", of=project(retention_days=1), profileId="p", timestamp=NOON - 48 * HOUR)

    assert change.created_ms == NOON - 48 * HOUR


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(TYPES),
    st.dictionaries(
        st.sampled_from(
            ["profileId", "alias", "property", "value", "id", "type", "groupIds", "properties", "x", "eventId"]
        ),
        JSON | st.sampled_from(["p", "q"]),
    ),
)
def test_whatever_is_said_is_a_change_or_a_named_refusal(kind: str, payload: dict[str, Any]) -> None:
    try:
        change = draft(contract.read_one(item(kind, **payload)), project(), sender()).event
    except Refused as refused:
        assert refused.problem.field.startswith("payload")
        assert refused.problem.message.endswith(".")
        return
    assert isinstance(change, AcceptedChange)


def refused(kind: str, **payload: Any) -> str:
    with pytest.raises(Refused) as caught:
        said(kind, **payload)
    return caught.value.problem.field
