"""Path, origin, query and campaign parameters from the URL that the event names."""

import re
import sys
from typing import NamedTuple

from ingestion.enrichment.block import Block
from ingestion.enrichment.query import NONE, in_query, named_by_events
from ingestion.enrichment.remembered import Answers

UTM_COLUMNS = ("utmSource", "utmMedium", "utmCampaign", "utmTerm", "utmContent")
CACHED_URLS = 16_384
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


Landing = tuple[str, ...]  # the fields of Place, and of Parameters


def fill(block: Block) -> None:
    """Fills path, origin, query and the five utm columns, and notes the click ids."""
    landings = LANDINGS.all([event.url for event in block.events])
    for at, parameters in named_by_events(block.events):
        where, found = landings[at][:3], landings[at][3:]
        landings[at] = (*where, *(parameters if found == NONE else found))
    block.fill((*Place._fields, *UTM_COLUMNS), landings)
    block.click_ids = [landing[-1] for landing in landings]


def landing_at(url: str) -> Landing:
    at = place(url)
    return (*at, *in_query(at.query))


def is_short(text: str) -> bool:
    return len(text) <= LONGEST_CACHED


def place(url: str) -> Place:
    """The parts of a path or full URL; of what is neither, as much as can be read."""
    text = url.strip().replace("\0", "")
    before, _, fragment = text.partition("#")
    beginning, _, query = before.partition("?")
    page = PAGES[beginning] if text else None
    if page is None:
        return Place("", "", "")
    path, origin = page
    # Hash routers keep the page in the fragment (/app#/settings, /#!/cart); any other fragment is a place in a page.
    if fragment.startswith(("/", "!/")):
        route, _, route_query = fragment.partition("?")
        path, query = f"{path}#{route}", query or route_query
    return Place(path, origin, query)


def page_of(beginning: str) -> tuple[str, str] | None:
    """Path and origin of a URL without query and fragment; None for what names no page."""
    if OPAQUE.match(beginning):
        return None
    site = SITE.match(beginning)
    if not site:
        return beginning or "/", ""
    return beginning[site.end() :] or "/", sys.intern(origin_of(site[1].lower(), site[2]))


LANDINGS = Answers(landing_at, CACHED_URLS, is_short)
PAGES = Answers(page_of, CACHED_URLS, is_short)


def origin_of(scheme: str, authority: str) -> str:
    """scheme://host[:port] in lower case, without user names and without the scheme's own port."""
    host = authority.rpartition("@")[2].strip().lower().removesuffix(DEFAULT_PORTS.get(scheme, ":"))
    return f"{scheme}://{host}" if host else ""
