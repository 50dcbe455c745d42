"""Who sent the visitor: a name and a type from the campaign, the referrer, or an advertiser's click id."""

import re
import sys
from ipaddress import ip_address
from typing import NamedTuple

from ingestion.enrichment.block import Block
from ingestion.enrichment.remembered import Answers
from ingestion.enrichment.sources import CLICK_IDS, Source, mention_of, registrable, source_of_host

CACHED_REFERRERS = 16_384
CACHED_CLAIMS = 4096
LONGEST_CACHED = 512
LONGEST_HOST = 253  # of a name in DNS
DIRECT = Source("", "direct")
SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]{0,30}:)?//", re.IGNORECASE)
HOST = re.compile(r"\[[0-9a-f:.]+\]|[\w-]+(?:\.[\w-]+)*", re.IGNORECASE)
LOCAL = re.compile(r"localhost|.+\.(?:localhost|local|internal|test)", re.IGNORECASE)
# Words in utm_source that name no source.
NOBODY = frozenset({"direct", "(direct)", "(none)", "none", "(not set)", "null", "undefined"})


class Sender(NamedTuple):
    """The referrer, if it names a host, and who that is."""

    text: str
    name: str
    type: str


Link = tuple[str, str, tuple[str, ...]]  # the referrer, the origin of the page, the project's own domains


def fill(block: Block) -> None:
    """Fills referrer, referrerName and referrerType; a referrer that names no host is dropped."""
    own = (project.own_domains for project in block.projects)
    given = zip([event.referrer for event in block.events], block.columns["origin"], own, strict=True)
    found = SENDERS.all(given)
    for at, (source, click_id) in enumerate(zip(block.columns["utmSource"], block.click_ids, strict=True)):
        if source or click_id:
            text, name, type_ = found[at]
            found[at] = Sender(text, *CLAIMS[source, click_id, name, type_])
    block.fill(("referrer", "referrerName", "referrerType"), found)


def claimed(source: str, click_id: str, sender: Source) -> Source:
    """What the link itself says: a campaign's source always counts, a click id only where no one else is known."""
    if source and (key := source.lower()) not in NOBODY:
        mention = mention_of(source)
        unknown = Source(source, "email" if "newsletter" in key else "other")
        return mention.source if mention else unknown
    if click_id and sender.type in {"direct", "internal"}:
        return CLICK_IDS[click_id].source
    return sender


Claim = tuple[str, str, str, str]  # a campaign's source, the name of a click id, and who is known without them


def found_claim(claim: Claim) -> Source:
    source, click_id, *sender = claim
    return claimed(source, click_id, Source(*sender))


def is_short_claim(claim: Claim) -> bool:
    return len(claim[0]) <= LONGEST_CACHED


CLAIMS = Answers(found_claim, CACHED_CLAIMS, is_short_claim)


def found_sender(link: Link) -> Sender:
    text, source = sender_of(*link)
    return Sender(text, *map(sys.intern, source))


def is_short(link: Link) -> bool:
    referrer, origin, _ = link
    return len(referrer) + len(origin) <= LONGEST_CACHED


SENDERS = Answers(found_sender, CACHED_REFERRERS, is_short)


def sender_of(referrer: str, origin: str, own_domains: tuple[str, ...]) -> tuple[str, Source]:
    """The referrer if it names a host, and who that is to a page on `origin`."""
    text = referrer.strip().replace("\0", "")
    host = host_of(text)
    if not host:
        return "", DIRECT
    if host == host_of(origin) or any(host == own or host.endswith(f".{own}") for own in own_domains):
        return text, Source(host, "internal")
    if LOCAL.fullmatch(host) or is_private(host):
        return text, DIRECT  # a page on a developer's machine is nobody's recommendation
    if text.lower().startswith("android-app:"):
        return text, source_of_host(host) or Source(host, "other")
    return text, source_of_host(host) or Source(registrable(host), "other")


def host_of(url: str) -> str:
    """The host in lower case without www, port and user name; '' where there is none, or no dot in what has no //."""
    scheme = SCHEME.match(url)
    authority = re.split(r"[/?#\\]", url[scheme.end() :] if scheme else url, maxsplit=1)[0].lower()
    found = HOST.match(authority.rpartition("@")[2])
    host = found[0][:LONGEST_HOST] if found else ""
    rest = authority.rpartition("@")[2][len(host) :]
    if (rest and not re.fullmatch(r"\.?(?::\d*)?", rest)) or (not scheme and "." not in host):
        return ""
    return host.removeprefix("www.").strip("[]")


def is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False
