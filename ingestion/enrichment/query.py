"""Campaign parameters and advertisers' click ids, from the query string or named by the event itself."""

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_plus

from ingestion.door.accepted import AcceptedEvent
from ingestion.enrichment.sources import CLICK_IDS

CACHED_QUERIES = 8192
LONGEST_CACHED = 512  # what is longer is mostly unlike anything else, and a cache of it would be large
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
# What newsletters and directories write where campaigns write utm_source.
SOURCE_ALIASES = ("source", "ref")
READ = frozenset((*UTM, *SOURCE_ALIASES, *CLICK_IDS))
# The same parameters as properties, or as reserved keys; a bare "source" or "ref" may mean anything there.
NAMED = {
    **{f"__query.{name}": name for name in READ},
    **{f"query.{name}": name for name in READ},
    **{name: name for name in (*UTM, *CLICK_IDS)},
}


class Parameters(NamedTuple):
    """The values of UTM, in its order, and the name of the first known click id."""

    source: str
    medium: str
    campaign: str
    term: str
    content: str
    click_id: str


NONE = Parameters("", "", "", "", "", "")


def parameters(event: AcceptedEvent, query: str) -> Parameters:
    """Where the query says that its visitor came from; where it is silent, what the event names itself.

    The two are never mixed: half of one campaign and half of another would be a third that nobody ran.
    """
    if query and (found := of_query(query) if len(query) <= LONGEST_CACHED else parsed(query)) is not NONE:
        return found
    if NAMED.keys().isdisjoint(event.properties) and not event.overrides:
        return NONE
    given = {**event.properties, **event.overrides}
    return from_values({name: cleaned(given[key]) for key, name in NAMED.items() if given.get(key)})


def parsed(query: str) -> Parameters:
    found: dict[str, str] = {}
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        if value and (key := key.lower()) in READ:
            found.setdefault(key, decoded(value))
    return from_values(found) if found else NONE


of_query = lru_cache(maxsize=CACHED_QUERIES)(parsed)


def from_values(found: dict[str, str]) -> Parameters:
    """The parameters from values by name. A paid click without a medium is a medium of its own: "(gclid)"."""
    source, medium, campaign, term, content = (found.get(name, "") for name in UTM)
    source = source or next((found[name] for name in SOURCE_ALIASES if found.get(name)), "")
    click_id = next((name for name in CLICK_IDS if name in found), "")
    if click_id and not medium and CLICK_IDS[click_id].is_paid:
        medium = f"({click_id})"
    return Parameters(source, medium, campaign, term, content, click_id)


def decoded(value: str) -> str:
    """Percent signs and pluses undone; bytes that are no UTF-8 become the replacement character."""
    return cleaned(unquote_plus(value, errors="replace"))


def cleaned(value: str) -> str:
    return value.replace("\0", "").strip()
