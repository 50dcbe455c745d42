"""Which page is on which list."""

import pytest

from analytics import origins

SITE = ["https://example.com"]
SUBDOMAINS = ["https://*.example.com"]


@pytest.mark.parametrize(
    ("origin", "listed", "allowed"),
    [
        ("https://example.com", SITE, True),
        ("https://EXAMPLE.com", SITE, True),
        ("https://example.com", ["HTTPS://Example.COM/"], True),
        ("https://example.com:443", SITE, True),
        ("https://example.com", ["https://example.com:443"], True),
        ("http://example.com:80", ["http://example.com"], True),
        ("http://localhost:3000", ["http://localhost:3000"], True),
        ("https://xn--bcher-kva.example", ["https://bücher.example"], True),
        ("capacitor://localhost", ["capacitor://localhost"], True),
        ("http://[::1]:8080", ["http://[::1]:8080"], True),
        ("https://b.example", ["https://a.example", "https://b.example"], True),
        ("http://example.com", SITE, False),
        ("https://example.com:8443", SITE, False),
        ("https://www.example.com", SITE, False),
        ("https://example.com.evil.io", SITE, False),
        ("https://evilexample.com", SITE, False),
        ("https://example.com.", SITE, False),
        ("https://example.com@evil.io", SITE, False),
        ("https://evil.io/https://example.com", SITE, False),
        ("https://evil.io?https://example.com", SITE, False),
        ("example.com", SITE, False),
        ("null", SITE, False),
        ("", SITE, False),
        ("https://example.com:port", SITE, False),
        ("http://localhost:3001", ["http://localhost:3000"], False),
        ("https://example.com", [], False),
        ("https://example.com", ["example.com"], False),
        ("https://shop.example.com", SUBDOMAINS, True),
        ("https://a.b.example.com", SUBDOMAINS, True),
        ("https://SHOP.example.com:443", SUBDOMAINS, True),
        ("https://example.com", SUBDOMAINS, False),
        ("https://evilexample.com", SUBDOMAINS, False),
        ("https://shop.example.com.evil.io", SUBDOMAINS, False),
        ("http://shop.example.com", SUBDOMAINS, False),
        ("https://shop.example.com:8443", SUBDOMAINS, False),
        ("https://shop.example.com:8443", ["https://*.example.com:8443"], True),
        ("https://.example.com", SUBDOMAINS, False),
        ("https://*.example.com", SUBDOMAINS, False),
        ("https://anything.io", ["*"], True),
        ("null", ["*"], True),
        ("", ["*"], False),
        ("https://anything.io", ["https://*"], False),
        ("https://anything.io", ["https://*.*"], False),
        ("https://shop.example.com", ["https://sh*.example.com"], False),
    ],
)
def test_an_origin_is_on_a_list_or_not(origin: str, listed: list[str], allowed: bool) -> None:
    assert origins.is_allowed(origin, listed) is allowed


@pytest.mark.parametrize(
    "entry", ["https://example.com", "http://localhost:3000", "https://*.example.com", "capacitor://localhost", "*"]
)
def test_an_entry_that_can_match_is_accepted(entry: str) -> None:
    assert origins.problem_with(entry) == ""


@pytest.mark.parametrize(
    "entry", ["example.com", "https://", "https://example.com/shop", "https://*", "https://a.*.com", "null", "**"]
)
def test_an_entry_that_can_never_match_is_explained(entry: str) -> None:
    assert origins.problem_with(entry) == (
        f"“{entry}” is not an origin; write scheme and host, such as https://example.com, "
        "https://example.com:8443 or https://*.example.com, or * for every page."
    )
