"""The export of profiles: a page looks up what is known of its own profiles, not of all."""

import pytest

from insights.raw import export
from insights.raw import tables as raw_tables
from insights.raw.openapi import EXPORT
from tests.insights.conftest import Ask
from tests.insights.histories import at
from tests.insights.raw.exported import rows
from tests.insights.senders import Senders

NOON = at("2024-01-10T12:00")
ASKED = {"startDate": "2024-01-01", "endDate": "2199-01-01", "table": "profiles"}


@pytest.mark.parametrize("filters", ["", '[{"field": "name", "value": "buy"}]'])
def test_a_page_joins_no_more_than_its_own_rows(
    ask: Ask, senders: Senders, monkeypatch: pytest.MonkeyPatch, filters: str
) -> None:
    names = [f"p{number}" for number in range(7)]
    senders.send(
        *({"type": "identify", "profileId": name, "firstName": name.upper(), "timestamp": NOON} for name in names),
        *({"name": "buy", "profileId": name, "timestamp": NOON + 1} for name in names),
    )
    senders.send(*({"type": "alias", "profileId": name, "alias": f"{name}-too"} for name in names))
    monkeypatch.setattr(export, "FIRST_ROWS", 2)
    monkeypatch.setattr(export, "MOST_ROWS", 2)
    monkeypatch.setitem(raw_tables.SETTINGS, "max_rows_in_join", 2)

    found = rows(ask("/insights/shop/export", {**ASKED, "filters": filters}))

    assert [(row["id"], row["traits"]) for row in found] == [(name, {"firstName": name.upper()}) for name in names]
    assert [row["personId"] for row in found] == names


def test_the_api_document_allows_the_columns_of_every_table() -> None:
    [fields] = [one for one in EXPORT.parameters if one.name == "fields"]

    allowed = fields.schema["items"]["enum"]

    assert {"createdAt", "startedAt", "traits"} <= set(allowed)
    assert len(allowed) == len(set(allowed))
