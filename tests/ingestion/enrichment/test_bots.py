"""Who is a bot, and what a bot's row looks like."""

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA, is_crawler

from ingestion.enrichment.bots import crawlers, is_bot
from tests.ingestion.visits import CHROME, visit

GOOGLEBOT = (
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile "
    "Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
)
HEADLESS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/85.0.4183.83 Safari/537.36"
)

# user agent, is a bot behind a browser's Origin, is a bot behind a secret
AGENTS = [
    (CHROME, False, False),
    (GOOGLEBOT, True, True),
    (HEADLESS, True, True),
    (
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        True,
        True,
    ),
    (
        "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/534.34 (KHTML, like Gecko) PhantomJS/1.9.2 Safari/534.34",
        True,
        True,
    ),
    ("Mozilla/5.0 (compatible; BeetleBot; )", True, True),
    ("UniversalFeedParser/4.2 +http://feedparser.org/", True, True),
    ("Mozilla/5.0 (compatible; Ezooms/1.0; help@moz.com)", True, True),
    ("Mozilla/5.0 (compatible; EasouSpider; +http://www.easou.com/search/spider.html)", True, True),
    ("Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 Chrome/100 Mobile Safari/537.36", False, False),
    ("MyApp/3 CFNetwork/1410.0.3 Darwin/22.6.0", False, False),
    ("UnityPlayer/2022.3.10f1 (UnityWebRequest/1.0, libcurl/8.1.1-DEV)", False, False),
    ("", True, False),
    ("   ", True, False),
    ("-", True, False),
    ("curl/8.5.0", True, False),
    ("python-requests/2.32.3", True, False),
    ("okhttp/4.12.0", True, False),
    ("node", True, False),
]


@pytest.mark.parametrize(("user_agent", "alone", "behind_a_secret"), AGENTS)
def test_a_bot_is_told_from_a_person_and_a_back_end(user_agent: str, alone: bool, behind_a_secret: bool) -> None:
    assert is_bot(user_agent, False) is alone
    assert is_bot(user_agent, True) is behind_a_secret


def test_a_bots_row_says_so_and_keeps_its_name() -> None:
    row = visit(user_agent=GOOGLEBOT, overrides={"device": "mobile", "brand": "Google"})

    assert row.is_bot
    assert (row.device, row.browser, row.brand, row.model) == ("bot", "Googlebot", "", "")


def test_a_persons_row_is_no_bots() -> None:
    assert not visit().is_bot
    assert not visit(user_agent="curl/8.5.0", by_backend=True).is_bot


def test_the_fast_automaton_answers_as_the_list_itself_does() -> None:
    known = [instance for entry in CRAWLER_USER_AGENTS_DATA for instance in entry.get("instances", [])]
    sample = known[::7]

    assert len(sample) > 200
    assert [text for text in sample if (crawlers().extract(text) is not None) != is_crawler(text)] == []
