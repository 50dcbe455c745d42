"""Raw events and sessions over HTTP: their columns, filters, and pages that stay right while events arrive."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Http

from tests.analytics.factories import headers
from tests.insights.conftest import Ask
from tests.insights.histories import MINUTE, at, rolled_up, stored
from tests.insights.oracle import Event

NOON = at("2024-01-10T12:00")
RANGE = {"startDate": "2024-01-01", "endDate": "2024-01-31"}
EVENTS, SESSIONS = "/insights/shop/events", "/insights/shop/sessions"


def test_events_come_newest_first_with_all_that_is_stored(ask: Ask, clickhouse: None) -> None:
    properties = {"plan": 'a "b"/\nü', "seats": 3, "half": 0.5}
    stored(
        [
            Event(NOON, path="/a", browser="Firefox", order=1),
            Event(NOON + 1, "buy", "d2", "p", "s", revenue=Decimal("20.5"), properties=properties, order=2),
        ],
        "shop",
    )

    answer = ask(EVENTS, RANGE).json()

    assert [event["name"] for event in answer["events"]] == ["buy", "page_view"]
    assert answer["next"] == ""
    newest = answer["events"][0]
    assert newest["createdAt"] == "2024-01-10T13:00:00.001000+01:00"
    assert newest["properties"] == properties
    assert (newest["deviceId"], newest["profileId"], newest["sessionId"]) == ("d2", "p", "s")
    assert (newest["revenue"], newest["isScreenView"], newest["groups"]) == (20.5, False, [])
    assert answer["events"][1]["isScreenView"] is True


def test_fields_and_filters_choose_columns_and_events(ask: Ask, clickhouse: None) -> None:
    stored([Event(NOON + number, path=f"/{number}", order=number) for number in range(5)], "shop")
    filters = '[{"field": "path", "operator": "in", "value": ["/1", "/3"]}]'

    answer = ask(EVENTS, {**RANGE, "fields": "path,name", "filters": filters}).json()

    assert answer["events"] == [{"name": "page_view", "path": "/3"}, {"name": "page_view", "path": "/1"}]


@pytest.mark.parametrize("span", [1, MINUTE, 300 * MINUTE])
def test_pages_of_events_stay_right_while_events_arrive(ask: Ask, clickhouse: None, span: int) -> None:
    first = [Event(NOON + number // 3 * span, f"n{number:03}", order=number) for number in range(40)]
    stored(first, "shop")

    def arrive(page: int) -> None:
        """At the beginning, at the end, and among those that were shown and those to come."""
        times = [NOON - 50 * span, NOON + 50 * span, NOON + 5 * span, NOON + 10 * span]
        stored([Event(time, "late", order=1000 + 10 * page + nth) for nth, time in enumerate(times)], "shop")

    found = [event["name"] for event in pages(ask, EVENTS, "events", arrive)]

    assert [name for name in found if name != "late"] == [
        one.name for one in sorted(first, key=lambda one: (one.at, one.order), reverse=True)
    ]


def test_pages_of_sessions_stay_right_while_sessions_arrive(ask: Ask, clickhouse: None) -> None:
    stored([Event(NOON + number // 3, device=f"d{number}", order=number) for number in range(40)], "shop")

    def arrive(page: int) -> None:
        stored([Event(NOON + 5, device=f"late{page}", order=100 + page)], "shop")
        stored([Event(NOON + 99, device=f"later{page}", order=200 + page)], "shop")

    found = [session["startedAt"] for session in pages(ask, SESSIONS, "sessions", arrive, name="id")]

    assert found == sorted(found, reverse=True)
    assert len([one for one in found if one[:23] != "2024-01-10T13:00:00.005"]) == 40 - 3


def pages(ask: Ask, path: str, rows: str, arrive: Any, name: str = "eventId") -> list[dict[str, Any]]:
    """All rows, seven a page, no two of them the same."""
    found: list[dict[str, Any]] = []
    cursor = ""
    for page in range(40):
        answer = ask(path, {**RANGE, "limit": "7", "cursor": cursor}).json()
        found += answer[rows]
        cursor = answer["next"]
        if not cursor:
            break
        arrive(page)
    assert len({row[name] for row in found}) == len(found)
    return found


def test_one_session_is_found_by_its_id_and_by_the_clients(ask: Ask, clickhouse: None) -> None:
    rolled_up(
        [
            Event(NOON, path="/a", order=1),
            Event(NOON + MINUTE, path="/b", order=2),
            Event(NOON + 90 * MINUTE, path="/c", order=3),
            Event(NOON, device="e", session="own 1", path="/d", order=4),
            Event(NOON + 300 * MINUTE, device="e", session="own 1", path="/e", order=5),
        ],
        "shop",
    )
    by_entry = {one["entryPath"]: one for one in ask(SESSIONS, RANGE).json()["sessions"]}

    assert set(by_entry) == {"/a", "/c", "/d"}
    first = ask(f"{SESSIONS}/{by_entry['/a']['id']}", {"events": "1"}).json()
    timeline = first.pop("timeline")
    assert first == by_entry["/a"]
    assert (first["startedAt"], first["duration"], first["events"]) == ("2024-01-10T13:00:00+01:00", 60, 2)
    assert [event["path"] for event in timeline["events"]] == ["/b", "/a"]
    assert ask(f"{SESSIONS}/own 1").json() == by_entry["/d"]


def test_a_sessions_events_come_in_pages(ask: Ask, clickhouse: None) -> None:
    rolled_up([Event(NOON + number, session="s", path=f"/{number}", order=number) for number in range(5)], "shop")

    found: list[str] = []
    cursor = ""
    for _ in range(3):
        timeline = ask(f"{SESSIONS}/s", {"events": "1", "limit": "2", "cursor": cursor}).json()["timeline"]
        found += [event["path"] for event in timeline["events"]]
        cursor = timeline["next"]

    assert (found, cursor) == (["/4", "/3", "/2", "/1", "/0"], "")


def test_filters_find_sessions_with_a_matching_event(ask: Ask, clickhouse: None) -> None:
    rolled_up([Event(NOON, path="/a", order=1), Event(NOON, device="e", path="/b", order=2)], "shop")

    found = ask(SESSIONS, {**RANGE, "filters": '[{"field": "path", "value": "/b"}]'}).json()["sessions"]

    assert [session["deviceId"] for session in found] == ["e"]


@pytest.mark.parametrize("id", ["nobody", "1-2", f"{2**64}-5", "5-99999999999999", "' OR 1=1", "%00"])
def test_no_such_session_is_a_404(ask: Ask, clickhouse: None, id: str) -> None:
    assert ask(f"{SESSIONS}/{id}").status_code == 404


def test_one_session_is_for_the_projects_readers_only(ask: Ask, clickhouse: None) -> None:
    rolled_up([Event(NOON, session="s", path="/secret")], "game")

    assert ask(f"{SESSIONS}/s").status_code == 404
    assert ask(f"{SESSIONS}/s", client="write").status_code == 403
    assert ask(f"{SESSIONS}/s", client="foreign").status_code == 404
    assert Http().get(f"{SESSIONS}/s").status_code == 401
    assert Http().delete(f"{SESSIONS}/s", headers=headers("root")).status_code == 405
    assert ask(f"{SESSIONS}/s", {"events": "perhaps"}).status_code == 400


@pytest.mark.parametrize("path", [EVENTS, SESSIONS])
@pytest.mark.parametrize("cursor", ["x", "WyIxIl0", "WyJ4IiwieCJd", "%", "ü"])
def test_a_cursor_that_nobody_gave_is_a_400(ask: Ask, path: str, cursor: str) -> None:
    answer = ask(path, {**RANGE, "cursor": cursor})

    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == "cursor"


def test_an_offset_is_refused_where_rows_arrive_meanwhile(ask: Ask) -> None:
    assert "no parameter 'offset'" in ask(EVENTS, {"offset": "5"}).json()["details"][0]["message"]
