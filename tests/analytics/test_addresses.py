"""The visitor's address, as tables of headers."""

from collections.abc import Callable
from ipaddress import ip_network

import pytest
from django.test import RequestFactory

from analytics.addresses import visitor_address
from analytics.authentication import CALLER, Caller
from analytics.directory import ClientRecord

CLIENT = ClientRecord("root", "root", "shop", ())
PROXIES = tuple(ip_network(text) for text in ("10.0.0.0/8", "fd00::/8"))


def address(peer: str, headers: dict[str, str] | None = None, by_secret: bool | None = None) -> str:
    request = RequestFactory(REMOTE_ADDR=peer).get("/track", headers=headers)
    if by_secret is not None:
        request.META[CALLER] = Caller(CLIENT, by_secret)
    return visitor_address(request)


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("198.51.100.9", "198.51.100.9"),
        ("2001:DB8:0:0::9", "2001:db8::9"),
        ("::ffff:198.51.100.9", "198.51.100.9"),
        ("", ""),
    ],
)
def test_without_headers_it_is_the_sockets(peer: str, expected: str) -> None:
    assert address(peer) == expected


@pytest.mark.parametrize("header", ["x-client-ip", "x-forwarded-for", "forwarded"])
@pytest.mark.parametrize("by_secret", [None, False])
def test_a_stranger_cannot_name_an_address(header: str, by_secret: bool | None) -> None:
    value = "for=203.0.113.1" if header == "forwarded" else "203.0.113.1"

    assert address("198.51.100.9", {header: value}, by_secret) == "198.51.100.9"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-client-ip": "203.0.113.1"}, "203.0.113.1"),
        ({"x-client-ip": " 203.0.113.1 "}, "203.0.113.1"),
        ({"x-client-ip": "203.0.113.1:4711"}, "203.0.113.1"),
        ({"x-client-ip": "2001:db8::1"}, "2001:db8::1"),
        ({"x-client-ip": "[2001:db8::1]"}, "2001:db8::1"),
        ({"x-client-ip": "[2001:db8::1]:4711"}, "2001:db8::1"),
        ({"x-client-ip": "fe80::1%eth0"}, "fe80::1"),
        ({"x-client-ip": "::ffff:203.0.113.1"}, "203.0.113.1"),
        ({"x-client-ip": "[::FFFF:203.0.113.1]:4711"}, "203.0.113.1"),
        ({"x-client-ip": "203.0.113.1", "x-forwarded-for": "203.0.113.2"}, "203.0.113.1"),
        ({"x-client-ip": "unknown", "x-forwarded-for": "203.0.113.2"}, "203.0.113.2"),
        ({"x-client-ip": "203.0.113.1, 203.0.113.3", "x-forwarded-for": "203.0.113.2"}, "203.0.113.2"),
        ({"x-client-ip": "203.0.113.999"}, "10.1.2.3"),
        ({"x-client-ip": "203.0.113.1:port"}, "10.1.2.3"),
        ({"x-client-ip": ""}, "10.1.2.3"),
        ({"x-client-ip": "0.0.0.0", "x-forwarded-for": "203.0.113.2"}, "203.0.113.2"),
        ({"x-client-ip": "::"}, "10.1.2.3"),
        ({"x-forwarded-for": "203.0.113.2"}, "203.0.113.2"),
        ({"x-forwarded-for": "1.1.1.1, 203.0.113.2"}, "203.0.113.2"),
        ({"x-forwarded-for": "1.1.1.1, 203.0.113.2, 10.9.9.9"}, "203.0.113.2"),
        ({"x-forwarded-for": "1.1.1.1,203.0.113.2:80,fd00::1,10.9.9.9"}, "203.0.113.2"),
        ({"x-forwarded-for": "10.7.7.7, 10.9.9.9"}, "10.7.7.7"),
        ({"x-forwarded-for": "1.1.1.1, unknown, 10.9.9.9"}, "10.9.9.9"),
        ({"x-forwarded-for": "1.1.1.1, unknown"}, "10.1.2.3"),
        ({"x-forwarded-for": "1.1.1.1, unknown", "forwarded": "for=203.0.113.3"}, "203.0.113.3"),
        ({"x-forwarded-for": "203.0.113.2", "forwarded": "for=203.0.113.3"}, "203.0.113.2"),
        ({"x-forwarded-for": "1.1.1.1, [2001:db8::2]:4711, [fd00::1]:80"}, "2001:db8::2"),
        ({"x-forwarded-for": "203.0.113.2, 192.168.0.5"}, "192.168.0.5"),  # private, but no proxy of ours
        ({"x-forwarded-for": "203.0.113.2,"}, "10.1.2.3"),
        ({"x-forwarded-for": "203.0.113.2, 0.0.0.0"}, "10.1.2.3"),
        ({"x-forwarded-for": "203.0.113.2'; DROP TABLE, 10.9.9.9"}, "10.9.9.9"),
        ({"forwarded": "for=203.0.113.3"}, "203.0.113.3"),
        ({"forwarded": 'for="203.0.113.3:4711";host=shop.example'}, "203.0.113.3"),
        ({"forwarded": 'for=1.1.1.1, for="[fd00::1]"'}, "1.1.1.1"),
        ({"forwarded": 'by=10.9.9.9;For="[2001:db8::3]:4711";proto=https'}, "2001:db8::3"),
        ({"forwarded": "for=1.1.1.1, for=203.0.113.3;by=10.9.9.9, for=10.9.9.9"}, "203.0.113.3"),
        ({"forwarded": "for=1.1.1.1, proto=https"}, "10.1.2.3"),
        ({"forwarded": "for=_hidden"}, "10.1.2.3"),
        ({"forwarded": 'for="unknown"'}, "10.1.2.3"),
        ({"forwarded": "before=203.0.113.3"}, "10.1.2.3"),
    ],
)
def test_a_trusted_proxy_names_the_visitor(
    headers: dict[str, str], expected: str, configure: Callable[..., None]
) -> None:
    configure(trusted_proxies=PROXIES)

    assert address("10.1.2.3", headers) == expected


def test_a_proxy_is_recognised_behind_a_mapped_address(configure: Callable[..., None]) -> None:
    configure(trusted_proxies=PROXIES)

    assert address("::ffff:10.1.2.3", {"x-client-ip": "203.0.113.1"}) == "203.0.113.1"


def test_another_proxy_than_the_trusted_ones_is_a_stranger(configure: Callable[..., None]) -> None:
    configure(trusted_proxies=PROXIES)

    assert address("11.1.2.3", {"x-forwarded-for": "203.0.113.1"}) == "11.1.2.3"


def test_a_back_end_with_a_secret_names_the_visitor() -> None:
    assert address("198.51.100.9", {"x-client-ip": "203.0.113.1"}, True) == "203.0.113.1"
    assert address("198.51.100.9", {"x-forwarded-for": "203.0.113.2"}, True) == "203.0.113.2"
    assert address("198.51.100.9", by_secret=True) == "198.51.100.9"
