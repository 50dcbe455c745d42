"""Campaign parameters and advertisers' click ids, from the query string or named by the event itself."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple
from urllib.parse import unquote_plus

from ingestion.door.accepted import AcceptedEvent
from ingestion.enrichment.remembered import Answers
from ingestion.enrichment.sources import CLICK_IDS

CACHED_CAMPAIGNS = 8192
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


Pairs = tuple[tuple[str, str], ...]  # names and values as they stand in the query; a click id's value says nothing


def named_by_events(events: Sequence[AcceptedEvent]) -> Iterator[tuple[int, Parameters]]:
    """What events name themselves, by position: it counts where their query is silent.

    The two are never mixed: half of one campaign and half of another would be a third that nobody ran.
    """
    properties = chain.from_iterable(event.properties for event in events)
    if NAMED.keys().isdisjoint(properties) and not any(event.overrides for event in events):
        return
    for at, event in enumerate(events):
        if event.overrides or not NAMED.keys().isdisjoint(event.properties):
            given = {**event.properties, **event.overrides}
            yield at, from_values({name: cleaned(given[key]) for key, name in NAMED.items() if given.get(key)})


def in_query(query: str) -> Parameters:
    found = []
    for pair in query.split("&") if query else ():
        key, _, value = pair.partition("=")
        if value and (key := key.lower()) in READ:
            found.append((key, "" if key in CLICK_IDS else value))
    return CAMPAIGNS[tuple(found)] if found else NONE


def from_pairs(pairs: Pairs) -> Parameters:
    """The first of a name counts."""
    return from_values({key: decoded(value) for key, value in reversed(pairs)})


def is_short(pairs: Pairs) -> bool:
    return sum(len(value) for _, value in pairs) <= LONGEST_CACHED


CAMPAIGNS = Answers(from_pairs, CACHED_CAMPAIGNS, is_short)


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
