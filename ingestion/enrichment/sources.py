"""The project's own table of where visitors come from: sources.toml, read once."""

import re
import tomllib
from pathlib import Path
from typing import NamedTuple, TypeVar

TYPES = ("search", "social", "video", "shopping", "email", "ai", "ads", "other")
PATH = Path(__file__).with_name("sources.toml")
# What may stand between a name and its country: google.de, google.co.kr, google.com.br.
SECOND_LEVEL = frozenset({"co", "com", "net", "org", "ne", "or", "ac", "go", "gov", "edu"})
LONGEST_WORD = 253  # of a host, the longest thing that the table could know
BETWEEN_WORDS = re.compile(r"[-_\s]+")
ADS = re.compile(r"ads?$")


V = TypeVar("V")


class Source(NamedTuple):
    """A place that visitors come from, in the words of the columns."""

    name: str
    type: str


class Mention(NamedTuple):
    """What a campaign's utm_source says."""

    source: Source
    is_paid: bool


class Table(NamedTuple):
    hosts: dict[str, Source]
    stems: dict[str, Source]  # of "google.*": google
    words: dict[str, Mention]
    click_ids: dict[str, Mention]
    shared_hosts: frozenset[str]


def load(text: str) -> Table:
    """The table in `text`; raises ValueError for an entry that stands twice or names an unknown source."""
    document = tomllib.loads(text)
    table = Table({}, {}, {}, {}, frozenset(document["hosting"]["shared"]))
    for type_ in TYPES:
        for name, entries in document[type_].items():
            add(table, Source(name, type_), entries)
    for word, name in document["paid_words"].items():
        put(table.words, squeezed(word), Mention(table.words[squeezed(name)].source, True))
    for kind, ids in document["click_ids"].items():
        for click_id, name in ids.items():
            put(table.click_ids, click_id, Mention(table.words[squeezed(name)].source, kind == "paid"))
    return table


def add(table: Table, source: Source, entries: list[str]) -> None:
    for entry in map(str.lower, entries):
        if entry.endswith(".*"):
            put(table.stems, entry.removesuffix(".*"), source)
        elif "." in entry:
            put(table.hosts, entry, source)
        else:
            put(table.words, squeezed(entry), Mention(source, False))
    table.words.setdefault(squeezed(source.name), Mention(source, False))


def put(index: dict[str, V], key: str, value: V) -> None:
    if key in index:
        raise ValueError(f"sources.toml names {key!r} twice; keep one of {index[key]} and {value}.")
    index[key] = value


def squeezed(word: str) -> str:
    """A word without case and without what people put between words: "Hacker News" is "hackernews"."""
    return BETWEEN_WORDS.sub("", word.lower())


TABLE = load(PATH.read_text(encoding="utf-8"))
CLICK_IDS = TABLE.click_ids


def source_of_host(host: str) -> Source | None:
    """The source that a host, in lower case, or one of the hosts above it belongs to."""
    while host:
        if source := TABLE.hosts.get(host) or TABLE.stems.get(stem(host)):
            return source
        host = host.partition(".")[2]
    return None


def stem(host: str) -> str:
    """The host without its public end: google of google.co.uk."""
    rest, _, _ = host.rpartition(".")
    before, _, second = rest.rpartition(".")
    return before if before and second in SECOND_LEVEL else rest


def mention_of(word: str) -> Mention | None:
    """What a utm_source of this text means: a word of the table, one with "ads" behind it, or a host."""
    key = squeezed(word[:LONGEST_WORD])
    if mention := TABLE.words.get(key):
        return mention
    if mention := TABLE.words.get(ADS.sub("", key)):
        return Mention(mention.source, True)
    source = source_of_host(key) if "." in key else None
    return Mention(source, False) if source else None


def registrable(host: str) -> str:
    """The part of a host that somebody registered, as far as its shape tells; an address as it is."""
    labels = host.split(".")
    if len(labels) <= 2 or ":" in host or labels[-1].isdecimal():
        return host
    is_two_level_end = len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL
    kept = 3 if is_two_level_end or ".".join(labels[-2:]) in TABLE.shared_hosts else 2
    return ".".join(labels[-kept:])
