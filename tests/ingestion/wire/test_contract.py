"""What a client may send, and which field is named where it may not."""

from typing import Any

import msgspec
import pytest

from ingestion.wire import contract
from ingestion.wire.drafts import draft
from ingestion.wire.refusal import Refused
from tests.ingestion.factories import DAY, HOUR, NOON, drafted, project, sender, track


def refusal(body: bytes, **fields: Any) -> tuple[str, str]:
    """The field that is blamed, and why."""
    with pytest.raises(Refused) as caught:
        draft(contract.read_one(body), project(**fields), sender())
    problem = contract.named(caught.value.problem)
    return problem.field, problem.message


def test_every_field_finds_its_place() -> None:
    event = drafted(
        name="buy", deviceId="d1", profileId="p1", sessionId="s1", eventId="e1", timestamp="2024-05-31T11:00:00Z",
        path="/cart?utm_source=x", referrer="https://example.com/", title="Cart", revenue=19.99, currency="eur",
        interactive=False, properties={"plan": "pro"}, groups=["acme", 7],
    )  # fmt: skip

    assert msgspec.structs.asdict(event) == {
        "project_id": "shop",
        "event_id": "e1",
        "device_id": "d1",
        "session_id": "s1",
        "profile_id": "p1",
        "name": "buy",
        "created_ms": NOON - HOUR,
        "received_ms": NOON,
        "url": "/cart?utm_source=x",
        "referrer": "https://example.com/",
        "title": "Cart",
        "revenue": "19.9900",
        "currency": "EUR",
        "is_interactive": False,
        "properties": {"plan": "pro"},
        "numbers": {},
        "user_agent": sender().user_agent,
        "address": "203.0.113.7",
        "sdk_name": "",
        "sdk_version": "",
        "overrides": {},
        "by_backend": False,
        "is_cookieless": False,
        "groups": ["acme", "7"],
        "signals": "",
    }


def test_the_smallest_event_has_a_name() -> None:
    event = drafted(name="x")

    assert (event.name, event.device_id, event.profile_id, event.session_id) == ("x", "", "", "")
    assert (event.created_ms, event.revenue, event.is_interactive) == (NOON, None, None)
    assert len(event.event_id) == 32


@pytest.mark.parametrize(
    ("given", "expected"),
    [("u1", "u1"), (42, "42"), (0, "0"), (42.0, "42"), (1.5, "1.5"), (None, ""), ("", ""), (-7, "-7"), ("é", "é")],
)
def test_ids_are_texts(given: object, expected: str) -> None:
    event = drafted(profileId=given, deviceId=given, sessionId=given)

    assert (event.profile_id, event.device_id, event.session_id) == (expected, expected, expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (19.99, "19.9900"),
        (0.1 + 0.2, "0.3000"),
        ("12.3", "12.3000"),
        (100, "100.0000"),
        (-5, "-5.0000"),
        (0, "0.0000"),
        (99_999_999_999_999, "99999999999999.0000"),
        (None, None),
    ],
)
def test_revenue_is_a_decimal(given: object, expected: str | None) -> None:
    assert drafted(revenue=given).revenue == expected


WRONG = [
    (b"", "body", "not JSON"),
    (b"{", "body", "not JSON"),
    (b"\xff\xfe", "body", "not JSON"),
    (b'"text"', "body", "Expected object, got str."),
    (b"[]", "body", "Expected object, got array."),
    (b"null", "body", "Expected object, got null."),
    (b"[" * 100_000, "body", "Expected object, got array."),
    (b'{"type":"track","payload":{"name":"a","properties":{"a":' + b"[" * 100_000, "body", "nested too deeply"),
    (b"{}", "type", "This field is required."),
    (b'{"type": 3}', "type", "Expected str, got int."),
    (b'{"type": "like", "payload": {}}', "type", "unknown. Send one of: track, identify, increment, decrement"),
    (b'{"type": "identify", "payload": {"profileId": []}}', "payload.profileId", "Expected"),
    (b'{"type": "increment", "payload": {"profileId": "p"}}', "payload.property", "This field is required"),
    (b'{"type": "assign_group", "payload": {}}', "payload.groupIds", "This field is required"),
    (b'{"type": "track"}', "payload", "This field is required."),
    (b'{"type": "track", "payload": null}', "payload", "Expected object, got null."),
    (b'{"type": "track", "payload": []}', "payload", "Expected object, got array."),
    (b'{"type": "track", "payload": {}}', "payload.name", "This field is required."),
    (track(name=7), "payload.name", "Expected str, got int."),
    (track(name=["list", "of", "things"]), "payload.name", "Expected str, got array."),
    (track(name=""), "payload.name", "1 to 200 characters"),
    (track(name="  "), "payload.name", "1 to 200 characters"),
    (track(name="x" * 201), "payload.name", "1 to 200 characters"),
    (track(name="session_start"), "payload.name", "session_start is reserved"),
    (track(name="session_end"), "payload.name", "session_end is reserved"),
    (track(name="a\0b"), "payload.name", "NUL"),
    (track(deviceId="x" * 201), "payload.deviceId", "at most 200 characters"),
    (track(deviceId=True), "payload.deviceId", "got bool"),
    (track(profileId={"id": 1}), "payload.profileId", "got object"),
    (track(profileId="\0"), "payload.profileId", "NUL"),
    (track(sessionId="x" * 201), "payload.sessionId", "at most 200 characters"),
    (track(eventId="x" * 201), "payload.eventId", "at most 200 characters"),
    (track(timestamp="yesterday"), "payload.timestamp", "This is not a time. Send ISO 8601"),
    (track(timestamp=-1), "payload.timestamp", "before 1970"),
    (track(timestamp={"$date": 1}), "payload.timestamp", "got object"),
    (track(path=5), "payload.path", "Expected str | null, got int."),
    (track(path="/" * 8193), "payload.path", "at most 8192 characters"),
    (track(path="data:text/html,x"), "payload.path", "data: URL"),
    (track(referrer="r" * 8193), "payload.referrer", "at most 8192 characters"),
    (track(title="t" * 8193), "payload.title", "at most 8192 characters"),
    (track(revenue="a lot"), "payload.revenue", "Revenue is a number"),
    (track(revenue="NaN"), "payload.revenue", "Revenue is a number"),
    (track(revenue="Infinity"), "payload.revenue", "Revenue is a number"),
    (track(revenue=10**14), "payload.revenue", "Revenue is a number"),
    (track(revenue="99999999999999.99999"), "payload.revenue", "Revenue is a number"),
    (track(revenue="1e999999999"), "payload.revenue", "Revenue is a number"),
    (track(revenue=1, currency="euro"), "payload.currency", "three letters"),
    (track(interactive="no"), "payload.interactive", "Expected bool | null, got str."),
    (track(properties=[1]), "payload.properties", "Expected object | null, got array."),
    (track(properties={"a": "x" * 8193}), "payload.properties.a", "at most 8192 characters"),
    (track(properties={"a": "\0"}), "payload.properties.a", "NUL"),
    (track(properties={str(number): number for number in range(201)}), "payload.properties", "at most 200"),
    (track(properties={"a": {str(number): 1 for number in range(201)}}), "payload.properties", "at most 200"),
    (track(properties={"k" * 201: 1}), "payload.properties." + "k" * 50 + "…", "at most 200 characters"),
    (track(properties={"a": list(range(3000))}), "payload.properties.a", "at most 8192 characters"),
    (b'{"type":"track","payload":{"name":"a","timestamp":' + b"9" * 30 + b"}}", "payload.timestamp", "not a time"),
    (
        b'{"type":"track","payload":{"name":"a","eventId":' + b"9" * 4000 + b"}}",
        "payload.eventId",
        "at most 200 characters",
    ),
    (b'{"type":"track","payload":{"name":"a","revenue":1e999}}', "payload.revenue", "out of range"),
    (b'{"type":"track","payload":{"name":"a","properties":{"n":NaN}}}', "body", "not JSON"),
    (
        b'{"type":"track","payload":{"name":"a","properties":{"n":-' + b"9" * 400 + b"}}}",
        "payload.properties.n",
        "The number is too large; send it as text.",
    ),
]


@pytest.mark.parametrize(("body", "field", "message"), WRONG)
def test_what_is_wrong_is_named(body: bytes, field: str, message: str) -> None:
    found_field, found_message = refusal(body)

    assert found_field == field
    assert message in found_message


def test_properties_deeper_than_the_limit_are_refused() -> None:
    deep: Any = 1
    for _ in range(8):
        deep = {"a": deep}

    assert drafted(properties=deep).properties == {"a.a.a.a.a.a.a.a": "1"}
    assert refusal(track(properties={"b": deep})) == (
        "payload.properties.b.a.a.a.a.a.a.a",
        "Properties are nested at most 8 levels deep.",
    )


def test_an_event_older_than_the_projects_retention_is_refused() -> None:
    assert refusal(track(timestamp=NOON - 31 * DAY), retention_days=30) == (
        "payload.timestamp",
        "The event is older than the 30 days for which this project keeps events.",
    )
    assert drafted(project(retention_days=30), timestamp=NOON - 30 * DAY).created_ms == NOON - 30 * DAY


def test_half_an_emoji_becomes_a_replacement_character() -> None:
    body = rb'{"type":"track","payload":{"name":"a","title":"\ud83d \ud83d\ude00 \\ud83d","path":"/\udc00"}}'

    event = draft(contract.read_one(body), project(), sender()).event

    assert (event.title, event.url) == ("� 😀 \\ud83d", "/�")
