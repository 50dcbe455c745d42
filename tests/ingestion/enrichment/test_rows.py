"""The whole row: what it holds, that nothing breaks it, and that it fits the table."""

import re
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.door.accepted import AcceptedEvent
from ingestion.enrichment import STEPS, enrich
from ingestion.enrichment.channel import RULES
from ingestion.storing.rows import EVENT_COLUMNS, EventRow, columns
from tests.ingestion.visits import accepted, project, visit

MIGRATIONS = Path(__file__).parents[3] / "clickhouse_migrations"


def test_a_page_view_becomes_a_row() -> None:
    row = visit(
        url="https://shop.example/cart?utm_source=fb&utm_medium=cpc&utm_campaign=may",
        referrer="https://l.facebook.com/",
        title="Cart",
        revenue="19.99",
        currency="EUR",
        session_id="s1",
        profile_id="p1",
        address="168.126.63.1",
        sdk_name="web",
        sdk_version="1.2",
        properties={"plan": "pro", "items": "3"},
        numbers={"items": 3.0},
        groups=["acme"],
    )

    assert msgspec.structs.asdict(row) == {
        "projectId": "shop",
        "name": "page_view",
        "createdAt": 1_780_000_000_000,
        "receivedAt": 1_780_000_000_500,
        "eventId": "e1",
        "deviceId": "d1",
        "profileId": "p1",
        "sessionId": "s1",
        "isScreenView": 1,
        "isInteractive": 0,
        "path": "/cart",
        "origin": "https://shop.example",
        "query": "utm_source=fb&utm_medium=cpc&utm_campaign=may",
        "title": "Cart",
        "referrer": "https://l.facebook.com/",
        "referrerName": "Facebook",
        "referrerType": "social",
        "channel": "Paid Social",
        "utmSource": "fb",
        "utmMedium": "cpc",
        "utmCampaign": "may",
        "utmTerm": "",
        "utmContent": "",
        "country": "KR",
        "region": "",
        "city": "",
        "address": "",
        "browser": "Chrome",
        "browserVersion": "126",
        "os": "Windows",
        "osVersion": "10",
        "device": "desktop",
        "brand": "",
        "model": "",
        "revenue": Decimal("19.99"),
        "currency": "EUR",
        "sdkName": "web",
        "sdkVersion": "1.2",
        "properties": {"plan": "pro", "items": "3"},
        "numbers": {"items": 3.0},
        "groups": ["acme"],
    }


@pytest.mark.parametrize(
    ("name", "sent", "is_screen_view", "is_interactive"),
    [
        ("page_view", None, 1, 0),
        ("screen_view", None, 1, 0),
        ("pageview", None, 1, 0),
        ("$pageview", None, 1, 0),
        ("page_view", True, 1, 1),
        ("signup", None, 0, 1),
        ("scroll", False, 0, 0),
    ],
)
def test_any_event_but_a_page_view_is_interactive_unless_told(
    name: str, sent: bool | None, is_screen_view: int, is_interactive: int
) -> None:
    row = visit(name=name, is_interactive=sent)

    assert (row.isScreenView, row.isInteractive) == (is_screen_view, is_interactive)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (None, "0"),
        ("0.1", "0.1"),
        ("-5", "-5"),
        ("1e3", "1000"),
        ("1e14", "0"),
        ("NaN", "0"),
        ("Infinity", "0"),
        ("x", "0"),
    ],
)
def test_revenue_is_a_number_that_the_column_can_hold(sent: str | None, stored: str) -> None:
    assert visit(revenue=sent).revenue == Decimal(stored)


def test_the_rows_fields_are_the_tables_columns() -> None:
    added = re.findall(
        r"^ALTER TABLE events ADD COLUMN IF NOT EXISTS (\w+)",
        "".join(path.read_text() for path in sorted(MIGRATIONS.glob("*.sql"))),
        re.MULTILINE,
    )
    statement = (MIGRATIONS / "0001_events.sql").read_text().split("CREATE TABLE IF NOT EXISTS events", 1)[1]
    body = statement.split("ENGINE", 1)[0]
    declared = re.findall(r"^    (?!INDEX )(\w+) \w.*?(?<!DEFAULT),?$", body, re.MULTILINE)
    defaults = re.findall(r"^    (\w+) \w+ DEFAULT", body, re.MULTILINE)

    assert defaults == ["personKey", "sessionKey"]
    assert (*(name for name in declared if name not in defaults), *added) == EVENT_COLUMNS


def test_rows_turn_into_columns() -> None:
    rows = [visit(event_id="a"), visit(event_id="b")]

    turned = columns(rows)

    assert tuple(turned) == EVENT_COLUMNS
    assert turned["eventId"] == ["a", "b"]
    assert turned["browser"] == ["Chrome", "Chrome"]


def test_an_entry_of_the_log_comes_back_as_it_was() -> None:
    events = [accepted(properties={"a": "1"}, numbers={"a": 1.0}, overrides={"os": "X"}, is_interactive=False)]

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(events), type=list[AcceptedEvent]) == events


def test_adding_a_step_is_a_function_of_the_same_shape() -> None:
    names = [step.__module__.rpartition(".")[2] for step in STEPS]

    assert names == ["user_agent", "url", "referrer", "channel", "location", "overrides", "bots"]


# Text as the log can carry it, with the pieces that make parsers stumble.
AWKWARD = (
    "https:// android-app:// // / ? # #/ & = utm_source= gclid= % %00 %ED%A0%80 %FF @ : [ ] [::1] . www. google.com "
    "-ads \0 한 bot Android Macintosh ::ffff: 8.8.8.8 1e999 NaN KAKAOTALK GSA/ ² \ufffd İ ß CriOS/ Mobile/"
)
PIECES = st.sampled_from([" ", *AWKWARD.split(" ")])
TEXT = st.lists(PIECES | st.text(max_size=12), max_size=8).map("".join)
TEXTS = st.dictionaries(
    st.sampled_from(["utm_source", "__query.gclid", "query.ref", "device", "country", "os"]) | TEXT, TEXT
)


@given(
    event=st.builds(
        accepted,
        name=TEXT,
        url=TEXT,
        referrer=TEXT,
        title=TEXT,
        revenue=st.none() | TEXT,
        currency=TEXT,
        user_agent=TEXT,
        address=TEXT,
        by_backend=st.booleans(),
        properties=TEXTS,
        overrides=TEXTS,
    ),
    own_domains=st.lists(TEXT, max_size=2).map(tuple),
)
def test_no_text_in_any_field_breaks_a_row(event: AcceptedEvent, own_domains: tuple[str, ...]) -> None:
    row = enrich(event, project(*own_domains))

    assert isinstance(row, EventRow)
    assert row.channel and row.referrerType
    for column in EVENT_COLUMNS:
        value = getattr(row, column)
        if isinstance(value, str):
            value.encode("utf-8", errors="strict")
    derived = (
        row.path,
        row.origin,
        row.query,
        row.referrer,
        row.referrerName,
        row.utmSource,
        row.utmCampaign,
        row.country,
    )
    assert not any("\0" in value for value in derived)


def test_the_documentation_names_every_step_and_channel_in_their_order() -> None:
    text = (MIGRATIONS.parent / "docs" / "enrichment.md").read_text()
    told = " ".join(text.split()).partition("counts, in this order: ")[2].partition(". What no rule takes")[0]

    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)[: len(STEPS)] == [
        step.__module__.rpartition(".")[2] for step in STEPS
    ]
    assert re.sub(r" \(by \w+\)", "", told).split(", ") == [name for name, _ in RULES]
