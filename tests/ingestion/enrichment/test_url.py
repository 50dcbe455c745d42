"""Path, origin, query and campaign parameters as tables."""

import pytest

from ingestion.enrichment.url import place
from tests.ingestion.visits import visit

URLS = [
    ("", "", "", ""),
    ("/", "/", "", ""),
    ("/pricing", "/pricing", "", ""),
    ("/pricing/", "/pricing/", "", ""),
    ("/a b/ü/%ED%95%9C", "/a b/ü/%ED%95%9C", "", ""),
    ("/pricing?plan=pro&x=1#top", "/pricing", "", "plan=pro&x=1"),
    ("?plan=pro", "/", "", "plan=pro"),
    ("Home", "Home", "", ""),
    ("//evil.example/x", "//evil.example/x", "", ""),
    ("https://Example.com", "/", "https://example.com", ""),
    ("https://example.com?gclid=1", "/", "https://example.com", "gclid=1"),
    ("http://www.example.com/path ", "/path", "http://www.example.com", ""),
    ("HTTPS://EXAMPLE.com:443/Path?Q=1", "/Path", "https://example.com", "Q=1"),
    ("http://example.com:8080/x", "/x", "http://example.com:8080", ""),
    ("https://user:secret@example.com/x", "/x", "https://example.com", ""),
    ("http://[2001:db8::1]:3000/x", "/x", "http://[2001:db8::1]:3000", ""),
    ("https://예시.한국/길", "/길", "https://예시.한국", ""),
    ("https://exa mple.com/x", "/x", "https://exa mple.com", ""),
    ("https://:99999999/x", "/x", "https://:99999999", ""),
    ("https://", "/", "", ""),
    ("https:///x", "/x", "", ""),
    ("shop://cart/items?from=push", "/items", "shop://cart", "from=push"),
    ("file:///C:/index.html", "/C:/index.html", "", ""),
    # Hash routers: the page is in the fragment.
    ("https://example.com/#/settings", "/#/settings", "https://example.com", ""),
    ("/app#!/cart?ref=mail", "/app#!/cart", "", "ref=mail"),
    ("/app?a=1#/cart?b=2", "/app#/cart", "", "a=1"),
    ("https://example.com/#section", "/", "https://example.com", ""),
    # No pages.
    ("data:text/html,x", "", "", ""),
    ("blob:https://example.com/0b1c", "", "", ""),
    ("javascript:alert(1)", "", "", ""),
    ("about:config", "about:config", "", ""),
]


@pytest.mark.parametrize(("url", "path", "origin", "query"), URLS)
def test_a_url_is_taken_apart(url: str, path: str, origin: str, query: str) -> None:
    assert place(url) == (path, origin, query)


UTM = [
    ("/?utm_source=google&utm_medium=cpc&utm_campaign=a&utm_term=b&utm_content=c", ("google", "cpc", "a", "b", "c")),
    ("/?UTM_Source=Google", ("Google", "", "", "", "")),
    ("/?utm_source=", ("", "", "", "", "")),
    ("/?utm_source=a&utm_source=b", ("a", "", "", "", "")),
    ("/?utm_campaign=summer%20sale+%26+more", ("", "", "summer sale & more", "", "")),
    ("/?utm_source=%ED%95%9C%EA%B8%80", ("한글", "", "", "", "")),
    ("/?utm_source=%FF%00%ED%A0%80", ("\ufffd\ufffd\ufffd\ufffd", "", "", "", "")),
    ("/?ref=betalist", ("betalist", "", "", "", "")),
    ("/?source=Google-ads", ("Google-ads", "", "", "", "")),
    ("/?ref=a&utm_source=b", ("b", "", "", "", "")),
    ("/?gclid=x", ("", "(gclid)", "", "", "")),
    ("/?gclid=x&utm_medium=paidads", ("", "paidads", "", "", "")),
    ("/?fbclid=x", ("", "", "", "", "")),
    ("/?" + "a=1&" * 3000 + "utm_source=late", ("late", "", "", "", "")),
]


@pytest.mark.parametrize(("url", "utm"), UTM)
def test_campaign_parameters_come_from_the_query(url: str, utm: tuple[str, ...]) -> None:
    row = visit(url=url)

    assert (row.utmSource, row.utmMedium, row.utmCampaign, row.utmTerm, row.utmContent) == utm


@pytest.mark.parametrize(
    "named",
    [
        {"properties": {"utm_source": "mail", "utm_medium": "email"}},
        {"properties": {"__query.utm_source": "mail", "__query.utm_medium": "email"}},
        {"overrides": {"query.utm_source": "mail", "query.utm_medium": "email"}},
    ],
)
def test_campaign_parameters_may_be_named_by_the_event(named: dict[str, dict[str, str]]) -> None:
    row = visit(url="/welcome?page=2", **named)

    assert (row.utmSource, row.utmMedium) == ("mail", "email")


def test_campaigns_of_url_and_properties_are_not_mixed() -> None:
    row = visit(url="/?utm_source=google", properties={"utm_source": "mail", "utm_campaign": "spring"})

    assert (row.utmSource, row.utmCampaign) == ("google", "")


def test_a_property_called_source_is_not_a_campaign() -> None:
    assert visit(properties={"source": "button", "ref": "7"}).utmSource == ""
