"""Filters and dimensions on what is known of persons, their traits and groups; and filters under and, or and not."""

from collections.abc import Callable

import pytest
from django.test import Client as Http

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import compose
from insights.asking.dimensions import dimension_sql
from insights.asking.filters import Combined, Condition, Filter
from tests.analytics.factories import headers
from tests.insights.histories import DAY, at, scope
from tests.insights.senders import Senders

NOON = "2024-01-10T12:00:00Z"
ANN, EVERYONE = {"before", "known", "alias"}, {"before", "known", "alias", "bob", "kiosk"}
Met = Callable[[Condition], set[str]]


@pytest.fixture
def senders_of_people(senders: Senders) -> Senders:
    for group, kind in (("acme", "company"), ("globex", "company"), ("blue", "team")):
        body = {"type": "group", "payload": {"id": group, "type": kind, "name": group.title()}}
        Http().post("/track", body, "application/json", headers=headers("root"))
    senders.send(
        {"name": "before", "deviceId": "phone", "timestamp": NOON},
        {"name": "known", "deviceId": "phone", "profileId": "ann", "timestamp": NOON},
        {"name": "alias", "deviceId": "tablet", "profileId": "anna", "timestamp": NOON},
        {"name": "bob", "deviceId": "laptop", "profileId": "bob", "timestamp": NOON},
        {"name": "kiosk", "deviceId": "kiosk", "timestamp": NOON},
        {"type": "identify", "profileId": "ann", "deviceId": "phone", "plan": "pro", "seats": 5},
        {"type": "identify", "profileId": "bob", "plan": "free", "seats": "many", "new": True},
        {"type": "alias", "profileId": "ann", "alias": "anna"},
        {"type": "assign_group", "groupIds": ["acme", "blue"], "profileId": "ann"},
        {"type": "assign_group", "groupIds": ["globex"], "profileId": "bob"},
    )
    return senders


@pytest.fixture
def met(senders_of_people: Senders) -> Met:
    """The names of the events that meet a condition."""
    asked = scope("shop", at("2024-01-10"), at("2024-01-10") + DAY, is_linked=True)

    def names(one: Condition) -> set[str]:
        asked_so = scope("shop", at("2024-01-10"), at("2024-01-10") + DAY, filters=[one], is_linked=True)
        sql = compose(
            "SELECT name FROM events WHERE $events AND $filters", events=asked.events(), filters=asked_so.matching()
        )
        return {row["name"] for row in client.query(sql)}

    return names


def test_traits_are_those_of_the_person(met: Met) -> None:
    assert met(Filter("profile.plan", "eq", "pro")) == ANN
    assert met(Filter("profile.plan", "ne", "pro")) == {"bob", "kiosk"}
    assert met(Filter("profile.plan", "in", ("free", "none"))) == {"bob"}
    assert met(Filter("profile.plan", "exists")) == ANN | {"bob"}
    assert met(Filter("profile.plan", "notExists")) == {"kiosk"}
    assert met(Filter("profile.seats", "gte", 5)) == ANN
    assert met(Filter("profile.seats", "eq", "many")) == {"bob"}
    assert met(Filter("profile.new", "eq", True)) == {"bob"}
    assert met(Filter("profile.it's", "eq", "'")) == set()


def test_groups_are_those_of_the_person_and_of_the_type(met: Met) -> None:
    assert met(Filter("group.company", "eq", "acme")) == ANN
    assert met(Filter("group.company", "ne", "acme")) == {"bob", "kiosk"}
    assert met(Filter("group.company", "exists")) == ANN | {"bob"}
    assert met(Filter("group.team", "eq", "acme")) == set()


def test_filters_combine(met: Met) -> None:
    pro, bob = Filter("profile.plan", "eq", "pro"), Filter("name", "eq", "bob")
    before = Filter("name", "eq", "before")

    assert met(Combined("or", (pro, bob))) == ANN | {"bob"}
    assert met(Combined("and", (pro, before))) == {"before"}
    assert met(Combined("not", (Combined("or", (pro, bob)),))) == {"kiosk"}


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        ("profile.plan", {"before": "pro", "known": "pro", "alias": "pro", "bob": "free", "kiosk": ""}),
        ("profile.seats", {"before": "5", "known": "5", "alias": "5", "bob": "many", "kiosk": ""}),
        ("group.company", {"before": "acme", "known": "acme", "alias": "acme", "bob": "globex", "kiosk": ""}),
        ("properties.none", dict.fromkeys(EVERYONE, "")),
        ("name", {name: name for name in EVERYONE}),
    ],
)
@pytest.mark.usefixtures("senders_of_people")
def test_events_are_grouped_by_what_is_known_of_their_person(dimension: str, expected: dict[str, str]) -> None:
    asked = scope("shop", at("2024-01-10"), at("2024-01-10") + DAY, is_linked=True)
    sql = compose(
        "SELECT name, $by AS value FROM events WHERE $events",
        by=dimension_sql(dimension, asked.subject(), "by"),
        events=asked.events(),
    )

    assert {row["name"]: row["value"] for row in client.query(sql)} == expected
