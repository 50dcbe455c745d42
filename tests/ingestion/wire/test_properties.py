"""Properties: flat, as text and as numbers, reserved keys lifted out."""

from typing import Any

import pytest

from eventlens.api import Problem
from ingestion.wire.contract import read_one
from ingestion.wire.drafts import draft
from ingestion.wire.properties import flatten, lift
from ingestion.wire.refusal import Refused
from tests.ingestion.factories import HOUR, NOON, drafted, project, sender, track

FLAT: list[tuple[dict[str, Any], dict[str, str], dict[str, float]]] = [
    ({}, {}, {}),
    ({"a": "x"}, {"a": "x"}, {}),
    ({"a": ""}, {"a": ""}, {}),
    ({"a": None}, {}, {}),
    ({"a": True, "b": False}, {"a": "true", "b": "false"}, {}),
    ({"a": 3}, {"a": "3"}, {"a": 3.0}),
    ({"a": 3.0}, {"a": "3"}, {"a": 3.0}),
    ({"a": 9.5}, {"a": "9.5"}, {"a": 9.5}),
    ({"a": -0.5}, {"a": "-0.5"}, {"a": -0.5}),
    ({"a": 1e21}, {"a": "1e+21"}, {"a": 1e21}),
    ({"a": 12345678901234567890}, {"a": "12345678901234567890"}, {"a": 1.2345678901234567e19}),
    ({"a": "3"}, {"a": "3"}, {}),
    ({"a": {"b": {"c": 1}, "d": "x"}}, {"a.b.c": "1", "a.d": "x"}, {"a.b.c": 1.0}),
    ({"a": {}}, {}, {}),
    ({"a": []}, {"a": "[]"}, {}),
    ({"a": ["x", 2, None]}, {"a": '["x",2,null]', "a.0": "x", "a.1": "2"}, {"a.1": 2.0}),
    ({"a": [{"b": 1}, {"b": 2}]}, {"a.0.b": "1", "a.1.b": "2"}, {"a.0.b": 1.0, "a.1.b": 2.0}),
    ({"a.b": 1}, {"a.b": "1"}, {"a.b": 1.0}),
]


@pytest.mark.parametrize(("given", "texts", "numbers"), FLAT)
def test_properties_become_flat(given: dict[str, Any], texts: dict[str, str], numbers: dict[str, float]) -> None:
    assert flatten(given)[:2] == (texts, numbers)


def test_too_large_a_number_is_refused_by_name() -> None:
    with pytest.raises(Refused) as caught:
        flatten({"a": {"b": 10**400}})

    assert caught.value.problem == Problem("payload.properties.a.b", "The number is too large; send it as text.")


def test_reserved_keys_are_lifted_and_others_with_their_prefix_stay() -> None:
    texts, numbers, has_prefix = flatten(
        {"__os": "iOS", "__query": {"utm_source": "x"}, "__other": 1, "plan": "pro", "__revenue": 2}
    )

    assert has_prefix
    assert lift(texts, numbers) == {"os": "iOS", "query.utm_source": "x", "revenue": "2"}
    assert (texts, numbers) == ({"__other": "1", "plan": "pro"}, {"__other": 1.0})


def test_reserved_keys_fill_the_fields_that_the_payload_leaves_open() -> None:
    event = drafted(
        properties={
            "__path": "https://example.com/a?x=1", "__title": "A", "__referrer": "https://r.example/",
            "__timestamp": "2024-05-31T11:00:00Z", "__deviceId": 7, "__revenue": 9.5, "__currency": "EUR",
            "__os": "iOS", "__device": "tablet", "__query": {"utm_source": "news"}, "plan": "pro",
        }
    )  # fmt: skip

    assert (event.url, event.title, event.referrer) == ("https://example.com/a?x=1", "A", "https://r.example/")
    assert (event.created_ms, event.device_id) == (NOON - HOUR, "7")
    assert (event.revenue, event.currency) == ("9.5000", "EUR")
    assert event.overrides == {"os": "iOS", "device": "tablet", "query.utm_source": "news"}
    assert (event.properties, event.numbers) == ({"plan": "pro"}, {})


def test_the_payloads_own_fields_win_over_reserved_keys() -> None:
    event = drafted(
        path="/mine", title="Mine", deviceId="mine", revenue=1, timestamp=NOON,
        properties={"__path": "/p", "__title": "t", "__deviceId": "d", "__revenue": 2, "__timestamp": 0},
    )  # fmt: skip

    assert (event.url, event.title, event.device_id, event.revenue) == ("/mine", "Mine", "mine", "1.0000")
    assert event.created_ms == NOON
    assert (event.properties, event.overrides) == ({}, {})


@pytest.mark.parametrize(("by_secret", "address"), [(True, "198.51.100.9"), (False, "203.0.113.7")])
def test_an_address_among_the_properties_counts_from_one_who_knows_the_secret(by_secret: bool, address: str) -> None:
    event = drafted(by=sender(by_secret=by_secret), properties={"__ip": "198.51.100.9"})

    assert (event.address, event.by_backend) == (address, by_secret)
    assert event.properties == {}


def test_a_wrong_address_among_the_properties_is_refused_by_name() -> None:
    with pytest.raises(Refused) as caught:
        draft(read_one(track(properties={"__ip": "home"})), project(), sender(by_secret=True))

    assert caught.value.problem.field == "payload.properties.__ip"
