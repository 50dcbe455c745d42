"""Who sent a visitor, as a table of referrers and campaigns; and the table of sources itself."""

import pytest

from ingestion.enrichment import sources
from tests.ingestion.visits import visit

REFERRERS = [
    ("", "", "direct"),
    ("https://www.google.com/", "Google", "search"),
    ("https://www.google.co.kr/search?q=x", "Google", "search"),
    ("https://google.evil.com/", "evil.com", "other"),
    ("https://notgoogle.com/", "notgoogle.com", "other"),
    ("https://news.google.com/", "Google News", "search"),
    ("https://mail.google.com/mail/u/0", "Gmail", "email"),
    ("https://gemini.google.com/app", "Gemini", "ai"),
    ("https://docs.google.com/document/d/1", "Google Docs", "other"),
    ("https://search.naver.com/search.naver?query=x", "Naver", "search"),
    ("https://m.blog.naver.com/somebody/1", "Naver Blog", "social"),
    ("https://smartstore.naver.com/shop", "Naver Shopping", "shopping"),
    ("https://l.facebook.com/l.php?u=x", "Facebook", "social"),
    ("https://t.co/abc", "Twitter", "social"),
    ("https://x.com/", "Twitter", "social"),
    ("https://netflix.com/", "Netflix", "video"),
    ("https://youtu.be/1", "Youtube", "video"),
    ("https://chatgpt.com/", "ChatGPT", "ai"),
    ("https://www.perplexity.ai/search", "Perplexity", "ai"),
    ("https://googleads.g.doubleclick.net/", "Google Display", "ads"),
    ("https://www.amazon.co.uk/dp/1", "Amazon", "shopping"),
    ("android-app://com.google.android.gm/", "Gmail", "email"),
    ("android-app://com.reddit.frontpage", "Reddit", "social"),
    ("android-app://com.example.shop/open", "com.example.shop", "other"),
    ("https://www.indiehackers.com/page?query=param#hash", "indiehackers.com", "other"),
    ("https://docs.python.org/3/", "python.org", "other"),
    ("https://blog.example.co.kr/1", "example.co.kr", "other"),
    ("https://somebody.github.io/", "somebody.github.io", "other"),
    ("https://ÜBER.example/", "über.example", "other"),
    ("https://8.8.8.8/x", "8.8.8.8", "other"),
    ("http://[2001:4860:4860::8888]/x", "2001:4860:4860::8888", "other"),
    ("https://intranet/wiki", "intranet", "other"),
    ("facebook.com/page", "Facebook", "social"),
    ("//facebook.com/page", "Facebook", "social"),
    ("https://somebody@reddit.com:443/r", "Reddit", "social"),
    ("http://localhost:4000/", "", "direct"),
    ("http://192.168.0.10/", "", "direct"),
    ("http://printer.local/", "", "direct"),
    ("https://shop.example/other", "shop.example", "internal"),
    ("https://www.shop.example/", "shop.example", "internal"),
    ("https://pay.shop.example/", "shop.example", "other"),
    ("https://help.own.example/", "help.own.example", "internal"),
    ("https://disown.example/", "disown.example", "other"),
]


@pytest.mark.parametrize(("referrer", "name", "type_"), REFERRERS)
def test_a_referrer_names_its_source(referrer: str, name: str, type_: str) -> None:
    row = visit("own.example", url="https://www.shop.example/cart", referrer=referrer)

    assert (row.referrerName, row.referrerType) == (name, type_)
    assert row.referrer == referrer


@pytest.mark.parametrize(
    "referrer", ["https:://twitter.com", "a" * 3000, "/cart", "about:blank", "https://", "\0", "  "]
)
def test_a_referrer_without_a_host_is_none(referrer: str) -> None:
    row = visit(referrer=referrer)

    assert (row.referrer, row.referrerName, row.referrerType) == ("", "", "direct")


CLAIMS = [
    ("utm_source=facebook", "", "Facebook", "social"),
    ("utm_source=fb", "", "Facebook", "social"),
    ("utm_source=Reddit-ads", "", "Reddit", "social"),
    ("utm_source=hacker_news", "", "Hacker News", "social"),
    ("utm_source=chatgpt.com", "", "ChatGPT", "ai"),
    ("utm_source=Newsletter-UK", "", "Newsletter-UK", "email"),
    ("utm_source=email", "", "Email", "email"),
    ("utm_source=betalist", "", "betalist", "other"),
    ("utm_source=downloads", "", "downloads", "other"),
    ("utm_source=newsletter", "https://www.google.com/", "newsletter", "email"),
    ("utm_source=(direct)", "https://www.google.com/", "Google", "search"),
    ("utm_medium=cpc", "https://www.google.com/", "Google", "search"),
    ("gclid=1", "", "Google", "search"),
    ("gclid=1", "https://partner.example/", "partner.example", "other"),
    ("fbclid=1", "https://shop.example/", "Facebook", "social"),
    ("fbclid=1&utm_source=spring", "", "spring", "other"),
]


@pytest.mark.parametrize(("query", "referrer", "name", "type_"), CLAIMS)
def test_what_a_link_says_of_itself_comes_before_the_referrer(
    query: str, referrer: str, name: str, type_: str
) -> None:
    row = visit(url=f"https://shop.example/?{query}", referrer=referrer)

    assert (row.referrerName, row.referrerType) == (name, type_)


def test_a_long_referrer_is_read_like_a_short_one() -> None:
    row = visit(referrer="https://www.bing.com/search?q=" + "x" * 5000)

    assert (row.referrerName, len(row.referrer)) == ("Bing", 5030)


def test_the_table_holds_more_than_three_hundred_hosts_of_known_types() -> None:
    assert len(sources.TABLE.hosts) + len(sources.TABLE.stems) > 700
    assert {source.type for source in sources.TABLE.hosts.values()} == set(sources.TYPES)
    assert all(host == host.lower() and "/" not in host for host in sources.TABLE.hosts)


def test_an_entry_that_stands_twice_is_refused() -> None:
    twice = sources.PATH.read_text().replace('"Ecosia" = ["ecosia.org"', '"Ecosia" = ["ecosia.org", "kagi.com"')

    with pytest.raises(ValueError, match=r"names 'kagi\.com' twice"):
        sources.load(twice)
