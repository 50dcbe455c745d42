"""The export over HTTP: who may have it, its three tables, and how it goes on after a cut."""

import json
from decimal import Decimal

import pytest
from django.test import Client as Http

from insights.raw import export
from insights.raw import tables as raw_tables
from insights.raw.slots import MOST_AT_ONCE, MOST_OF_A_CLIENT, slots
from tests.analytics.factories import headers
from tests.insights.conftest import Ask
from tests.insights.histories import DAY, at, stored
from tests.insights.oracle import Event
from tests.insights.raw.exported import rows
from tests.insights.senders import Senders

NOON = at("2024-01-10T12:00")
RANGE = {"startDate": "2024-01-01", "endDate": "2024-01-31"}
EXPORT = "/insights/shop/export"
HOSTILE = ["' OR 1=1 --", "{project:String} $line", "\x00\\'", "[[["]


def history(days: int = 3, each: int = 20) -> list[Event]:
    """Names and devices that come again, several in the same millisecond."""
    return [
        Event(
            NOON + day * DAY + number // 4,
            f"n{number % 3}",
            f"d{number % 5}",
            path=f"/{day}-{number}",
            revenue=Decimal(number),
            properties={"number": number, "word": "a,b"},
            order=100 * day + number,
        )
        for day in range(days)
        for number in range(each)
    ]


@pytest.fixture
def shop_with_events(ask: Ask, clickhouse: None) -> Ask:
    stored(history(), "shop")
    return ask


def test_ndjson_has_every_event_once_in_the_order_of_days(shop_with_events: Ask) -> None:
    answer = shop_with_events(EXPORT, RANGE)

    assert answer["Content-Type"] == "application/x-ndjson"
    assert answer["Content-Disposition"] == 'attachment; filename="shop-events-2024-01-01-2024-01-31.ndjson"'
    found = rows(answer)
    assert sorted(row["path"] for row in found) == sorted(one.path for one in history())
    assert [row["createdAt"][:10] for row in found] == ["2024-01-10"] * 20 + ["2024-01-11"] * 20 + ["2024-01-12"] * 20
    first = next(row for row in found if row["path"] == "/0-5")
    assert first["createdAt"] == "2024-01-10T12:00:00.001Z"
    assert first["properties"] == {"number": 5, "word": "a,b"}
    assert first["revenue"] == 5


def test_every_row_tells_where_to_go_on(shop_with_events: Ask) -> None:
    whole = rows(shop_with_events(EXPORT, RANGE))

    for reached in (0, 18, 19, 20, 41, 59):
        rest = rows(shop_with_events(EXPORT, {**RANGE, "after": whole[reached]["cursor"]}))

        assert rest == whole[reached + 1 :]


def test_pages_of_any_size_make_the_same_file(shop_with_events: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rows(shop_with_events(EXPORT, RANGE))

    for size in (1, 7, 20):
        monkeypatch.setattr(export, "FIRST_ROWS", size)
        monkeypatch.setattr(export, "MOST_ROWS", size)

        assert rows(shop_with_events(EXPORT, RANGE)) == whole


def test_events_that_arrive_meanwhile_change_nothing_of_those_before(
    shop_with_events: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "FIRST_ROWS", 7)
    monkeypatch.setattr(export, "MOST_ROWS", 7)
    before = [row["cursor"] for row in rows(shop_with_events(EXPORT, RANGE))]

    answer = shop_with_events(EXPORT, RANGE)
    found = []
    for nth, piece in enumerate(answer.streaming_content):
        found += [json.loads(line)["cursor"] for line in piece.splitlines()]
        late = [Event(NOON + day * DAY + 2, name, "d1", order=1000 + nth) for day in range(3) for name in ("a", "n1")]
        if nth < 5:
            stored(late, "shop")
    answer.close()

    assert len(set(found)) == len(found)
    assert [cursor for cursor in found if cursor in before] == before


def test_filters_fields_and_range_narrow_it(shop_with_events: Ask) -> None:
    filters = '[{"field": "properties.number", "operator": "lt", "value": 2}]'
    asked = {"startDate": "2024-01-11", "endDate": "2024-01-12", "fields": "path", "filters": filters}

    found = rows(shop_with_events(EXPORT, asked))

    assert sorted(row["path"] for row in found) == ["/1-0", "/1-1", "/2-0", "/2-1"]
    assert {frozenset(row) for row in found} == {frozenset({"path", "cursor"})}


def test_sessions_are_exported_with_those_that_hold_a_matching_event(shop_with_events: Ask) -> None:
    filters = '[{"field": "path", "value": "/1-3"}]'
    every = rows(shop_with_events(EXPORT, {**RANGE, "table": "sessions"}))

    some = rows(shop_with_events(EXPORT, {**RANGE, "table": "sessions", "filters": filters}))

    assert len(every) == len({row["id"] for row in every}) == 15
    assert [(row["startedAt"], row["events"]) for row in some] == [("2024-01-11T12:00:00.000Z", 4)]
    after = rows(shop_with_events(EXPORT, {**RANGE, "table": "sessions", "after": every[6]["cursor"]}))
    assert after == every[7:]


def test_profiles_are_exported_with_traits_and_who_they_belong_to(ask: Ask, senders: Senders) -> None:
    senders.send(
        {"type": "identify", "profileId": "a", "firstName": "Ada", "properties": {"n": 1.5}, "timestamp": NOON},
        {"type": "track", "name": "buy", "profileId": "b", "timestamp": NOON + 1000},
        {"type": "track", "name": "open", "profileId": "c", "timestamp": NOON + 2000},
    )
    senders.send({"type": "alias", "profileId": "a", "alias": "b", "timestamp": NOON})
    asked = {"endDate": "2199-01-01", "startDate": "2024-01-01", "table": "profiles"}

    every = rows(ask(EXPORT, asked))
    bought = rows(ask(EXPORT, {**asked, "filters": '[{"field": "name", "value": "buy"}]'}))

    assert [(row["id"], row["personId"], row["traits"]) for row in every] == [
        ("a", "a", {"firstName": "Ada", "n": 1.5}),
        ("b", "a", {}),
        ("c", "c", {}),
    ]
    assert every[2]["firstSeenAt"] == "2024-01-10T12:00:02.000Z"
    assert [row["id"] for row in bought] == ["a", "b"]
    assert rows(ask(EXPORT, {**asked, "after": every[0]["cursor"]})) == every[1:]


def test_rows_too_large_for_a_page_come_fewer_at_a_time(
    ask: Ask, clickhouse: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored([Event(NOON + nth, path=f"/{nth}" + "x" * 100_000, order=nth) for nth in range(100)], "shop")
    monkeypatch.setitem(raw_tables.SETTINGS, "max_result_bytes", 2_000_000)

    assert len(rows(ask(EXPORT, RANGE))) == 100


def test_a_process_makes_only_so_many_at_once(shop_with_events: Ask) -> None:
    mine = [shop_with_events(EXPORT, RANGE) for _ in range(MOST_OF_A_CLIENT)]

    refused = shop_with_events(EXPORT, RANGE)
    assert (refused.status_code, refused["Retry-After"]) == (429, "30")

    for nth in range(MOST_AT_ONCE - MOST_OF_A_CLIENT):
        slots.take(f"other{nth}")
    full = shop_with_events(EXPORT, RANGE, client="read")
    assert (full.status_code, full["Retry-After"]) == (503, "30")

    for answer in mine:
        answer.close()
    for nth in range(MOST_AT_ONCE - MOST_OF_A_CLIENT):
        slots.give_back(f"other{nth}")
    assert rows(shop_with_events(EXPORT, RANGE))
    assert not slots.running


def test_a_refused_export_keeps_no_slot(shop_with_events: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(raw_tables.SETTINGS, "max_result_bytes", 1)

    assert shop_with_events(EXPORT, RANGE).status_code == 400
    assert not slots.running


def test_without_a_client_nobody_gets_it(shop: str) -> None:
    assert Http().get(EXPORT).status_code == 401


def test_a_write_client_does_not_get_it(ask: Ask) -> None:
    assert ask(EXPORT, client="write").status_code == 403


def test_another_projects_client_finds_nothing(ask: Ask) -> None:
    assert ask(EXPORT, client="foreign").status_code == 404


@pytest.mark.parametrize("method", ["post", "head", "delete"])
def test_another_method_is_refused(shop: str, method: str) -> None:
    assert getattr(Http(), method)(EXPORT, headers=headers("root")).status_code == 405


@pytest.mark.parametrize(
    ("query", "field", "allowed"),
    [
        ({"format": "xlsx"}, "format", "allowed: ndjson, csv, parquet"),
        ({"table": "persons"}, "table", "allowed: events, sessions, profiles"),
        ({"fields": "address"}, "fields", "allowed: eventId, name,"),
        ({"after": "x"}, "after", "send a cursor"),
        ({"after": "WyIxIl0"}, "after", "send a cursor"),
        ({"gzip": "1", "format": "parquet"}, "gzip", "leave gzip out"),
        ({"limit": "5"}, "limit", "There is no parameter 'limit' here"),
    ],
)
def test_what_is_wrong_is_a_400_that_says_what_is_allowed(
    ask: Ask, query: dict[str, str], field: str, allowed: str
) -> None:
    answer = ask(EXPORT, query)

    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == field
    assert allowed in answer.json()["details"][0]["message"]


@pytest.mark.parametrize("name", ["table", "format", "fields", "after", "gzip", "filters", "startDate", "endDate"])
def test_a_hostile_text_is_refused(shop_with_events: Ask, name: str) -> None:
    for text in HOSTILE:
        answer = shop_with_events(EXPORT, {**RANGE, name: text})

        assert answer.status_code == 400
        assert "DB::Exception" not in answer.content.decode()


def test_another_projects_cursor_shows_nothing_of_it(shop_with_events: Ask) -> None:
    stored([Event(NOON, "secret", order=5000), Event(NOON + DAY, "secret", order=5001)], "game")
    cursor = rows(Http().get("/insights/game/export", RANGE, headers=headers("foreign")))[0]["cursor"]

    found = rows(shop_with_events(EXPORT, {**RANGE, "after": cursor}))

    assert "secret" not in {row["name"] for row in found}
