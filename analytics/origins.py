"""Origins of web pages: read, checked when an administrator writes them, and matched against a client's list."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
ANY = "*"


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port, in the one form in which they are compared."""

    scheme: str
    host: str
    port: int | None


def parse(text: str) -> Origin | None:
    """The origin, or None for anything else: a bare host, a URL with a path, `null`."""
    try:
        parts = urlsplit(text.strip().lower())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if not parts.scheme or not host or "@" in parts.netloc or parts.query or parts.fragment:
        return None
    if parts.path not in ("", "/"):
        return None
    return Origin(parts.scheme, ascii_host(host), port or DEFAULT_PORTS.get(parts.scheme))


def ascii_host(host: str) -> str:
    """Browsers send international names in punycode; people write them as they read them."""
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host


@lru_cache(maxsize=4096)
def parse_listed(text: str) -> Origin | None:
    """An entry of a client's list; `https://*.example.com` keeps its star as the first label of the host."""
    origin = parse(text)
    if origin is None or "*" not in origin.host:
        return origin
    return origin if origin.host.startswith("*.") and "*" not in origin.host[2:] and origin.host[2:] else None


def is_allowed(origin: str, listed: Iterable[str]) -> bool:
    """Is a page of this `Origin` header on the list? `*` lets every page in, also those without an origin."""
    listed = tuple(listed)
    if not origin or not listed:
        return False
    if ANY in listed:
        return True
    page = parse(origin)
    return page is not None and "*" not in page.host and any(covers(entry, page) for entry in listed)


def covers(entry: str, page: Origin) -> bool:
    allowed = parse_listed(entry)
    if allowed is None or (allowed.scheme, allowed.port) != (page.scheme, page.port):
        return False
    if allowed.host.startswith("*."):
        # The dot stays in the suffix: sub-domains only, neither example.com itself nor evilexample.com.
        return page.host.endswith(allowed.host[1:]) and page.host != allowed.host[1:]
    return page.host == allowed.host


def problem_with(entry: str) -> str:
    """Why an entry cannot be on a list, and what to write instead; empty if it can."""
    if entry == ANY or parse_listed(entry):
        return ""
    return (
        f"“{entry}” is not an origin; write scheme and host, such as https://example.com, "
        "https://example.com:8443 or https://*.example.com, or * for every page."
    )
