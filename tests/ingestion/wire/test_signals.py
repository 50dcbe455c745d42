"""Headers that give a program away, and those of programs that are none of the bots."""

from typing import Any

import pytest
import redis
from django.test import Client

from ingestion.wire.signals import signals_of
from tests.analytics.factories import headers, new_client, new_project
from tests.ingestion.factories import FIREFOX, logged, track
from tests.ingestion.visits import CHROME, visit

SHOP = "https://shop.example"
GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de-DE,de;q=0.9"}
BRANDS = '"Chromium";v="131", "HeadlessChrome";v="131", "Not_A Brand";v="24"'

SIGNALS = [
    (GERMAN, ""),
    (GERMAN | {"HTTP_SEC_PURPOSE": "prefetch"}, "ahead"),
    (GERMAN | {"HTTP_SEC_PURPOSE": "prefetch;anonymous-client-ip"}, "ahead"),
    (GERMAN | {"HTTP_PURPOSE": "Prefetch"}, "ahead"),
    (GERMAN | {"HTTP_X_PURPOSE": "preview"}, "ahead"),
    (GERMAN | {"HTTP_X_MOZ": "prefetch"}, "ahead"),
    (GERMAN | {"HTTP_SEC_PURPOSE": "prefetch;prerender"}, ""),
    (GERMAN | {"HTTP_PURPOSE": "checkout"}, ""),
    (GERMAN | {"HTTP_SEC_CH_UA": BRANDS}, "headless"),
    (GERMAN | {"HTTP_SEC_CH_UA": '"Chromium";v="131", "Google Chrome";v="131"'}, ""),
    (GERMAN | {"HTTP_FROM": "crawler(at)search.example"}, "robot"),
    ({}, "no-language"),
    ({"HTTP_ACCEPT_LANGUAGE": ""}, "no-language"),
    ({"HTTP_ACCEPT_LANGUAGE": "*"}, ""),  # Node's fetch, as a site's own server uses it
    ({"HTTP_VIA": "1.1 shop"}, ""),
    ({"HTTP_CF_WORKER": "shop.example"}, ""),
    ({"HTTP_X_CLIENT_IP": "203.0.113.7"}, ""),
    ({"HTTP_OPENPANEL_CLIENT_IP": "203.0.113.7"}, ""),
]


@pytest.mark.parametrize(("meta", "expected"), SIGNALS)
def test_headers_have_the_signal(meta: dict[str, str], expected: str) -> None:
    assert signals_of(meta) == expected


MEANINGS = [
    ("", CHROME, False),
    ("ahead", CHROME, True),
    ("headless", CHROME, True),
    ("robot", CHROME, True),
    ("no-language", CHROME, True),
    ("no-language", "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80) Presto/2.5.25 Version/10.54", True),
    ("no-language", "MyApp/3 CFNetwork/1410.0.3 Darwin/22.6.0", False),
    ("no-language", "UnityPlayer/2022.3.10f1 (UnityWebRequest/1.0, libcurl/8.1.1-DEV)", False),
]


@pytest.mark.parametrize(("signals", "user_agent", "is_bot"), MEANINGS)
def test_a_signal_makes_a_bot_of_what_calls_itself_a_browser(signals: str, user_agent: str, is_bot: bool) -> None:
    assert visit(signals=signals, user_agent=user_agent).is_bot is is_bot


# What programs that pass on real visitors' events, or speak for themselves, send with a client's secret.
WITH_A_SECRET = {
    "@openpanel/sdk in Node": {"user-agent": "node", "accept-language": "*"},
    "PHP behind a page": {"user-agent": FIREFOX},
    "Java": {"user-agent": "Java/21.0.2"},
    "React Native with the agent of its web view": {"user-agent": CHROME},
    "Unity": {"user-agent": "UnityPlayer/2022.3.10f1 (UnityWebRequest/1.0, libcurl/8.1.1-DEV)"},
    "silent": {},
}


@pytest.fixture
def page(log: "redis.Redis", db: None) -> Client:
    """A browser on a page of the shop, before its headers."""
    new_client("write", new_project("shop"), cors=[SHOP])
    return Client()


def sent(http: Client, log: "redis.Redis", named: dict[str, str]) -> Any:
    """The one event in the log after a request with these headers, enriched."""
    answer = http.post("/track", track(), content_type="application/json", headers=named)
    assert answer.status_code == 200, answer.content
    [event] = logged(log)
    return event, visit(user_agent=event.user_agent, signals=event.signals, by_backend=event.by_backend)


@pytest.mark.parametrize("name", WITH_A_SECRET)
def test_with_a_secret_no_header_makes_a_bot(page: Client, log: "redis.Redis", name: str) -> None:
    event, row = sent(page, log, headers("write") | WITH_A_SECRET[name])

    assert (event.signals, row.is_bot) == ("", False)


@pytest.mark.parametrize(
    ("more", "signals", "is_bot"),
    [
        ({"accept-language": "en-US,en;q=0.9"}, "", False),
        ({}, "no-language", True),
        ({"accept-language": "en", "sec-purpose": "prefetch"}, "ahead", True),
        ({"accept-language": "en", "sec-ch-ua": BRANDS}, "headless", True),
    ],
)
def test_from_a_page_the_headers_travel_with_the_event(
    page: Client, log: "redis.Redis", more: dict[str, str], signals: str, is_bot: bool
) -> None:
    browser = {"event-lens-client-id": "write", "origin": SHOP, "user-agent": CHROME}

    event, row = sent(page, log, browser | more)

    assert (event.signals, row.is_bot) == (signals, is_bot)
