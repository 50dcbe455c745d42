"""Many events at once: each gets the row that it would get alone."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.enrichment import enrich, enrich_all
from ingestion.enrichment.block import Block
from ingestion.enrichment.bots import are_bots
from ingestion.storing.rows import EVENT_COLUMNS
from tests.ingestion.factories import CRAWLER, FIREFOX
from tests.ingestion.visits import CHROME, accepted, project

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["page_view", "buy"]),
    "url": st.sampled_from(
        ["", "/a", "https://shop.example/b?utm_source=fb&utm_medium=cpc", "/c?gclid=1", "/d?ref=x"]
    ),
    "referrer": st.sampled_from(["", "https://www.google.com/", "https://shop.example/", "https://a.example/"]),
    "user_agent": st.sampled_from(["", CHROME, FIREFOX, CRAWLER, "curl/8.0"]),
    "address": st.sampled_from(["", "168.126.63.1", "85.214.132.117", "nonsense"]),
    "by_backend": st.booleans(),
    "revenue": st.sampled_from([None, "9.5"]),
    "overrides": st.sampled_from(
        [{}, {"os": "X", "device": "tablet"}, {"device": "iPhone 15", "country": "fr"}, {"device": "Bot"}]
    ),
    "signals": st.sampled_from(["", "headless", "no-language"]),
    "properties": st.sampled_from([{}, {"utm_source": "mail", "gclid": "1"}]),
}
EVENTS = st.lists(st.fixed_dictionaries(FIELDS).map(lambda fields: accepted(**fields)), max_size=6)


@settings(deadline=None)  # the first event loads the tables
@given(events=EVENTS)
def test_an_event_has_the_same_row_whoever_stands_beside_it(events: list[Any]) -> None:
    shop = project("shop.example")

    columns = enrich_all(events, [shop] * len(events))

    assert tuple(columns) == EVENT_COLUMNS
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    assert rows == [msgspec.structs.asdict(enrich(event, shop)) for event in events]


@settings(deadline=None)
@given(events=EVENTS)
def test_bots_are_known_before_their_rows_are_made(events: list[Any]) -> None:
    columns = enrich_all(events, [project()] * len(events))

    assert are_bots(events) == [device == "bot" for device in columns["device"]]


def test_a_step_cannot_fill_a_column_that_the_table_does_not_have() -> None:
    block = Block([accepted()], [project()])

    with pytest.raises(KeyError, match="No column is called colour"):
        block.fill(("colour",), [("red",)])
