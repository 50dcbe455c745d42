"""Path, origin, query and campaign parameters from the URL that the event names."""

import re
from functools import lru_cache
from typing import NamedTuple

from ingestion.enrichment.block import Block
from ingestion.enrichment.query import parameters

UTM_COLUMNS = ("utmSource", "utmMedium", "utmCampaign", "utmTerm", "utmContent")
CACHED_URLS = 8192
LONGEST_CACHED = 512  # what is longer is mostly unlike anything else, and a cache of it would be large
DEFAULT_PORTS = {"http": ":80", "https": ":443", "ws": ":80", "wss": ":443"}
SITE = re.compile(r"([a-z][a-z0-9+.-]{0,30})://([^/?#\\]*)", re.IGNORECASE)
# Addresses that hold a document instead of naming one.
OPAQUE = re.compile(r"(?:data|blob|javascript):", re.IGNORECASE)


class Place(NamedTuple):
    """A URL in the words of the columns."""

    path: str
    origin: str
    query: str


def fill(block: Block) -> None:
    """Fills path, origin, query and the five utm columns, and notes the click ids."""
    block.fill(Place._fields, [place(event.url) for event in block.events])
    found = [parameters(event, query) for event, query in zip(block.events, block.columns["query"], strict=True)]
    block.fill(UTM_COLUMNS, found)
    block.click_ids = [parameters.click_id for parameters in found]


def place(url: str) -> Place:
    """The parts of a path or full URL; of what is neither, as much as can be read."""
    return cached_place(url) if len(url) <= LONGEST_CACHED else parsed(url)


def parsed(url: str) -> Place:
    text = url.strip().replace("\0", "")
    if not text or OPAQUE.match(text):
        return Place("", "", "")
    origin = ""
    if site := SITE.match(text):
        origin = origin_of(site[1].lower(), site[2])
        text = text[site.end() :]
    text, _, fragment = text.partition("#")
    path, _, query = text.partition("?")
    path = path or "/"
    # Hash routers keep the page in the fragment (/app#/settings, /#!/cart); any other fragment is a place in a page.
    if fragment.startswith(("/", "!/")):
        route, _, route_query = fragment.partition("?")
        return Place(f"{path}#{route}", origin, query or route_query)
    return Place(path, origin, query)


cached_place = lru_cache(maxsize=CACHED_URLS)(parsed)


def origin_of(scheme: str, authority: str) -> str:
    """scheme://host[:port] in lower case, without user names and without the scheme's own port."""
    host = authority.rpartition("@")[2].strip().lower().removesuffix(DEFAULT_PORTS.get(scheme, ":"))
    return f"{scheme}://{host}" if host else ""
