"""Channels: Plausible's published cases, and what they leave out."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingestion.storing.rows import EventRow
from tests.ingestion.visits import visit

CASES = {case["id"]: case for case in json.loads((Path(__file__).parents[1] / "cases" / "channels.json").read_text())}

# Where PRODUCT.md or the wire says otherwise, our answer, and why. The rest is asserted as published.
AI = "AI is a type of its own here, and Google Analytics 4 groups it as the channel AI Assistant"
FULL_REFERRER = "the referrer column keeps the full URL; the name is the short form"
OURS: dict[str, tuple[dict[str, str], str]] = {
    "C053": ({"channel": "AI Assistant"}, AI),
    "C071": ({"channel": "AI Assistant"}, AI),
    "C149": ({"referrer_source": "Perplexity", "acquisition_channel": "AI Assistant"}, AI),
    "C081": ({"referrer": "https://facebook.com/page/", "referrer_source": "Facebook"}, FULL_REFERRER),
    "C085": ({"referrer": "https://www.indiehackers.com/page?query=param#hash"}, FULL_REFERRER),
}


def visit_of(case: dict[str, Any]) -> EventRow:
    """The case's page view. Fields that came parsed are put where a browser would have sent them."""
    given = case["events"][0]["properties"]
    if case["query"]["level"] == "raw_request":
        return visit(url=given["url"], referrer=given["referrer"])
    source = given["utm_source"] or given["already_parsed_source"]
    pairs = {"utm_source": source, "utm_medium": given["utm_medium"], "utm_campaign": given["utm_campaign"]}
    click_id = {given["click_id_param"]: "1"} if given["click_id_param"] else {}
    return visit(url="/?" + "&".join(f"{key}={value}" for key, value in {**pairs, **click_id}.items()))


def found_in(row: EventRow, field: str) -> str:
    """The value of one of the case's fields, ours under its name."""
    columns = {
        "channel": "channel",
        "acquisition_channel": "channel",
        "referrer": "referrer",
        "referrer_source": "referrerName",
        "utm_source": "utmSource",
        "utm_medium": "utmMedium",
    }
    return str(getattr(row, columns[field]))


@pytest.mark.parametrize("case_id", CASES)
def test_published_cases_hold(case_id: str) -> None:
    case = CASES[case_id]
    expected, _why = OURS.get(case_id, (case["expected"], ""))
    row = visit_of(case)

    # The click id itself is no column: it shows in the channel and in the medium.
    fields = [field for field in expected if field != "click_id_param"]
    assert {field: found_in(row, field) for field in fields} == {field: expected[field] for field in fields}


CHANNELS = [
    ("/", "", "Direct"),
    ("https://shop.example/b", "https://shop.example/a", "Direct"),
    ("/?utm_campaign=spring", "", "Unassigned"),
    ("/?utm_source=partner&utm_medium=qr", "", "Unassigned"),
    ("/?utm_source=partner", "", "Referral"),
    ("/?utm_source=(direct)&utm_medium=(none)", "", "Direct"),
    ("/?utm_source=google&utm_medium=cpc&utm_campaign=Cross-Network", "", "Cross-network"),
    ("/?utm_source=google&utm_medium=cpc&utm_campaign=workshop", "", "Paid Search"),
    ("/?utm_source=google&utm_medium=CPC&utm_campaign=eShop", "", "Paid Shopping"),
    ("/?utm_source=taboola", "", "Display"),
    ("/?utm_source=taboola&utm_medium=cpc", "", "Paid Other"),
    ("/?dclid=1", "", "Display"),
    ("/?gclid=1", "", "Paid Search"),
    ("/?gclid=1", "https://partner.example/", "Paid Search"),
    ("/?gclid=1", "https://www.youtube.com/", "Paid Video"),
    ("/?ttclid=1", "", "Paid Social"),
    ("/?fbclid=1", "", "Organic Social"),
    ("/?fbclid=1&utm_medium=paid_social", "", "Paid Social"),
    ("/?utm_medium=ai-assistant", "", "AI Assistant"),
    ("/", "https://claude.ai/", "AI Assistant"),
    ("/", "https://mail.google.com/", "Email"),
    ("/?utm_source=klaviyo&utm_medium=flow", "", "Email"),
    ("/?utm_source=firebase", "", "Mobile Push Notifications"),
    ("/", "https://example.org/", "Referral"),
    ("/", "android-app://com.example.app", "Referral"),
]


@pytest.mark.parametrize(("url", "referrer", "channel"), CHANNELS)
def test_a_visit_has_the_channel_that_google_analytics_gives_it(url: str, referrer: str, channel: str) -> None:
    assert visit(url=url, referrer=referrer).channel == channel
