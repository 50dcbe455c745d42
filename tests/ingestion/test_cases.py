"""What other products' published tests expect of a door for events, asked of ours."""

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest
import redis
from django.test import Client

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.door.accept import accept
from ingestion.rollups import sessions
from ingestion.storing import drain
from ingestion.wire import contract
from ingestion.wire.drafts import draft
from ingestion.wire.refusal import Refused
from tests.analytics.factories import SECRET, headers, new_client, new_project
from tests.ingestion import cases_of
from tests.ingestion.cases_of import Case, host, milliseconds
from tests.ingestion.factories import DAY, project, send, sender, track
from tests.ingestion.verdicts import OTHERWISE
from tests.ingestion.visits import CHROME

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse")]
Log = redis.Redis
Configure = Callable[..., None]
WRONG_CLOCK = "2019-07-01T00:00:00Z"


def asked(kind: str, name: str = "ingestion") -> pytest.MarkDecorator:
    found = [case for case in cases_of.load(name) if case["query"]["type"] == kind]
    return pytest.mark.parametrize("case", found, ids=[case["id"] for case in found])


def test_every_case_is_asked_and_every_verdict_is_of_one() -> None:
    cases = cases_of.load("ingestion") + cases_of.load("sessions")

    assert {case["query"]["type"] for case in cases} == {
        "clock_skew", "ingest", "visitor_identity", "session_fields", "dedupe", "drop_old",
    }  # fmt: skip
    assert set(OTHERWISE) <= {case["id"] for case in cases}


def rows(columns: str, table: str = "events") -> list[dict[str, Any]]:
    return client.query(Sql(f"SELECT {columns} FROM {table} ORDER BY createdAt"))


@asked("clock_skew")
def test_clocks(case: Case, log: Log, shop: None) -> None:
    query, event = case["query"], case["events"][0]
    now, sent = milliseconds(query["server_now"]), query.get("sent_at")
    given = cases_of.payload(event)
    if "offset_ms" in event:  # so long before it was sent, by a clock that may show anything
        sent = sent or WRONG_CLOCK
        given["timestamp"] = milliseconds(sent) - event["offset_ms"]

    [answer] = send(given, by=sender(now, sent_at=sent))
    drain.drain(0)

    expected = cases_of.expected(case)
    [row] = rows("toUnixTimestamp64Milli(createdAt) AS at")
    assert row["at"] == milliseconds(expected["stored_timestamp"])
    assert answer.is_adjusted is bool(expected.get("warning"))


@asked("drop_old")
def test_old_events(case: Case, log: Log, shop: None) -> None:
    query = case["query"]
    now, most = milliseconds(query["server_now"]), query["drop_events_older_than_seconds"]
    # We count whole days: a second of the case is so many of ours.
    days, scale = (None, 1) if most is None else (1, DAY // (most * 1000))
    of = project(retention_days=days)

    kept = []
    for event in case["events"]:
        times = {"timestamp": event["timestamp"], **({"sentAt": event["sent_at"]} if "sent_at" in event else {})}
        scaled = {name: now - (now - milliseconds(text)) * scale for name, text in times.items()}
        kept.append(is_taken(scaled, of, now))

    drain.drain(0)
    assert kept == cases_of.expected(case)["kept"]
    assert len(rows("eventId")) == sum(kept)


def is_taken(payload: dict[str, Any], of: Any, now: int) -> bool:
    try:
        accept(of, "web", [draft(contract.read_one(track(**payload)), of, sender(now))])
    except Refused as refused:
        assert refused.problem.field == "payload.timestamp"
        return False
    return True


@asked("dedupe")
def test_repeats(case: Case, log: Log, shop: None) -> None:
    for event in case["events"]:
        send(cases_of.payload(event))
    drain.drain(0)

    assert len(rows("eventId")) == cases_of.expected(case)["count"]


@asked("visitor_identity")
def test_visitors_without_a_cookie(case: Case, log: Log, shop: None) -> None:
    for event in case["events"]:
        send(cases_of.payload(event), by=sender(address=event["ip"], user_agent=event["user_agent"]))
    drain.drain(0)

    first, second = [row["deviceId"] for row in rows("deviceId")]
    assert (first == second) is cases_of.expected(case)["same_visitor"]


@asked("session_fields", "sessions")
def test_sessions(case: Case, log: Log, shop: None) -> None:
    events, edges = case["events"], case["query"].get("flush_after", [len(case["events"])])
    for low, high in zip([0, *edges], edges, strict=False):
        send(*[cases_of.payload(event) for event in events[low:high]])
        drain.drain(0)
        sessions.roll_up(log)

    expected = cases_of.expected(case)
    found = session_fields()
    assert {name: found.get(name) for name in expected} == expected


@asked("session_fields")
def test_a_session_of_repeated_events(case: Case, log: Log, shop: None) -> None:
    for event in case["events"]:
        send(cases_of.payload(event))
    drain.drain(0)
    sessions.roll_up(log)

    found = session_fields()
    counts = cases_of.expected(case)["session"]
    assert found["pageviews"] == counts["pageview_count"]
    assert found["events"] == sum(counts.values())


def session_fields() -> dict[str, Any]:
    """All sessions by the names of the cases; what is of one session only is the first one's."""
    found = client.query(Sql("SELECT * FROM sessions FINAL ORDER BY startedAt"))
    first = found[0]
    return {
        "sessions": len(found),
        "bounces": sum(row["isBounce"] for row in found),
        "duration_total": sum(row["duration"] for row in found),
        "pageviews": sum(row["screenViews"] for row in found),
        "events": sum(row["events"] for row in found),
        "is_bounce": bool(first["isBounce"]),
        "duration": first["duration"],
        "entry_page": first["entryPath"],
        "exit_page": first["exitPath"],
        "hostname": host(first["entryOrigin"]),
    }


@asked("ingest")
def test_the_door(case: Case, log: Log, db: None, configure: Configure) -> None:
    query, config = case["query"], case["query"].get("config", {})
    hosts = config.get("hostname_allowlist", ["dummy.site"])
    shop = new_project("shop", address_policy="keep")
    new_client("write", shop, cors=[f"http://{name}" for name in hosts])
    configure(
        trusted_proxies=(ip_network("127.0.0.1"),),
        ingest_requests_per_minute=config.get("ingest_rate_limit_threshold", 0),
    )
    named = (
        key(case)
        | {"user-agent": CHROME}
        | {OUR_HEADERS.get(name, name): text for name, text in query.get("headers", {}).items()}
    )

    answers = [
        Client().post(
            "/track", {"type": "track", "payload": cases_of.payload(event)}, "application/json", headers=named
        )
        for event in case["events"]
    ]
    drain.drain(0)

    expected = cases_of.expected(case)
    found = [outcome(answer) for answer in answers]
    many = isinstance(expected.get("stored"), list)
    for name, value in expected.items():
        assert [one.get(name) for one in found] == (value if many else [value]), name


OUR_HEADERS = {"x-plausible-ip": "x-client-ip"}


def key(case: Case) -> dict[str, str]:
    """What the request says of its client: a page where hosts matter, nobody we know where the site is unknown."""
    if "hostname_allowlist" in case["query"].get("config", {}):
        return {"event-lens-client-id": "write", "origin": "http://dummy.site", "accept-language": "en"}
    return headers("write" if case["id"] != "IN46-unknown-site" else "nobody", SECRET)


def outcome(answer: Any) -> dict[str, Any]:
    """What became of an event, by the names of the cases."""
    if answer.status_code != 200:
        fields = [detail["field"] for detail in answer.json()["details"]]
        return {
            "accepted": False,
            "stored": False,
            "reason": answer.status_code,
            "error_field": next(iter(fields), None),
        }
    if rows("name", "bot_events"):
        return {"accepted": True, "stored": False, "reason": "bot"}
    [row] = rows("*")
    return {
        "accepted": True,
        "stored": True,
        "path": row["path"],
        "hostname": host(row["origin"]),
        "props": row["properties"],
        "revenue": {"amount": f"{row['revenue'].normalize()}", "currency": row["currency"]},
        "referrer_length": len(row["referrer"]),
        "scroll_depth": row["properties"].get("scroll_depth"),
        "client_ip": row["address"],
    }
