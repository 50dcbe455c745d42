"""The visitor's network address, from headers only where somebody we trust wrote them."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from analytics.authentication import CALLER, Caller
from eventlens.limits import limits

Address = IPv4Address | IPv6Address
BRACKETED = re.compile(r"\[(?P<host>[^\]]+)\](?::\d{1,5})?")
V4_WITH_PORT = re.compile(r"(?P<host>[\d.]+):\d{1,5}")
NAMING = frozenset({"HTTP_X_CLIENT_IP", "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"})
FORWARDED_FOR = re.compile(r"(?:^|;)\s*for\s*=\s*(?P<node>\"[^\"]*\"|[^;]*)", re.IGNORECASE)


def visitor_address(request: Request | HttpRequest) -> str:
    """IPv4 or compressed IPv6 without port; '' where the socket has none (a UNIX socket)."""
    return address_in(request.META)


def address_in(meta: Mapping[str, Any]) -> str:
    """The same from the headers by their WSGI names, once the caller stands among them."""
    said = meta.get("REMOTE_ADDR", "")
    if NAMING.isdisjoint(meta):
        return in_one_form(said)
    peer = parse(said)
    found = from_headers(meta) if may_name_others(meta, peer) else None
    address = found or peer
    return str(address) if address else ""


@lru_cache(maxsize=4096)
def in_one_form(said: str) -> str:
    address = parse(said)
    return str(address) if address else ""


def may_name_others(meta: Mapping[str, Any], peer: Address | None) -> bool:
    """A trusted proxy, or a back end that proved itself by its secret, speaks for its users."""
    caller = meta.get(CALLER)
    return is_trusted(peer) or (isinstance(caller, Caller) and caller.by_secret)


def from_headers(meta: Mapping[str, Any]) -> Address | None:
    """The first source that holds an address; what cannot be read is passed over."""
    return (
        parse(meta.get("HTTP_X_CLIENT_IP", ""))
        or furthest(meta.get("HTTP_X_FORWARDED_FOR", "").split(","))
        or furthest(forwarded_nodes(meta.get("HTTP_FORWARDED", "")))
    )


def forwarded_nodes(header: str) -> list[str]:
    """The `for=` nodes of RFC 7239, one an element; an element without one breaks the chain."""
    nodes = (FORWARDED_FOR.search(element) for element in header.split(","))
    return [node["node"] if node else "" for node in nodes]


def furthest(chain: Sequence[str]) -> Address | None:
    """From the right, the first address that is not one of our proxies: everything left of it is hearsay."""
    address = None
    for address in addresses(reversed(chain)):
        if not is_trusted(address):
            return address
    return address


def addresses(entries: Iterable[str]) -> Iterable[Address]:
    """As far as the chain can be read: left of an entry that is no address nothing can be believed."""
    for entry in entries:
        address = parse(entry)
        if address is None:
            return
        yield address


def is_trusted(address: Address | None) -> bool:
    return address is not None and any(address in network for network in limits().trusted_proxies)


@lru_cache(maxsize=4096)
def parse(text: str) -> Address | None:
    """An address with or without port, brackets, quotes and zone; None for anything else, also for 0.0.0.0 and ::."""
    text = text.strip().strip('"')
    if not text:  # most requests carry none of the headers, and ipaddress takes microseconds to say no
        return None
    if with_port := BRACKETED.fullmatch(text) or V4_WITH_PORT.fullmatch(text):
        text = with_port["host"]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    found = mapped or address
    return None if found.is_unspecified else found
