"""Who is a program and not a person: its events are stored apart, under the device "bot"."""

from collections.abc import Sequence
from functools import cache

from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from ua_parser_rs import UserAgentExtractor

from ingestion.door.accepted import AcceptedEvent
from ingestion.enrichment.block import Block
from ingestion.enrichment.device_class import automaton
from ingestion.enrichment.remembered import Answers
from ingestion.enrichment.user_agent import CACHED_AGENTS, LONGEST_READ, agent, is_read_whole
from ingestion.storing.rows import BOT
from ingestion.wire.signals import NO_LANGUAGE

BROWSERS = ("Mozilla/", "Opera/")

# What the maintained list may not name: programs that say what they are or, as only programs do, whom to ask about
# them (`+https://…`, an e-mail address), and browsers that a program drives. Cubot makes telephones.
SELF_NAMED = (
    r"(?i:(?:^|[^u]|[^c]u)bot\b)",
    r"(?i:crawler|spider|scraper|feed ?parser|fetcher\b|\+https?://|[\w.]@[\w-]+\.[a-z])",
    r"(?i:headless|phantomjs|slimerjs|puppeteer|playwright|selenium|webdriver|cypress/)",
)


def fill(block: Block) -> None:
    """Fills device, brand and model of bots; of persons it fills nothing."""
    bots = [at for at, is_one in enumerate(are_programs(block.events)) if is_one]
    for name, value in (("device", BOT), ("brand", ""), ("model", "")):
        block.put(name, dict.fromkeys(bots, value))


def are_programs(events: Sequence[AcceptedEvent]) -> list[bool]:
    known = BOTS.all([event.user_agent for event in events])
    return [
        is_bot_of[event.by_backend] or (event.signals != "" and is_given_away(event.signals, event.user_agent))
        for event, is_bot_of in zip(events, known, strict=True)
    ]


def are_bots(events: Sequence[AcceptedEvent]) -> list[bool]:
    """Of which events the rows will be bots', once they are enriched."""
    programs = are_programs(events)
    for at, event in enumerate(events):
        if event.overrides and event.overrides.get("device", "").lower() == BOT:
            programs[at] = True
    return programs


def is_given_away(signal: str, user_agent: str) -> bool:
    """Whether the headers tell; that a user's languages are missing tells only of what calls itself a browser."""
    return bool(signal) and (signal != NO_LANGUAGE or user_agent.startswith(BROWSERS))


def is_bot(user_agent: str, by_backend: bool) -> bool:
    """A back end may be silent about itself or use an HTTP library; anybody else who does is a bot."""
    return BOTS[user_agent][by_backend]


def found_bot(text: str) -> tuple[bool, bool]:
    """Whether it is a bot that sends it: without a secret, and as a back end."""
    if not is_read_whole(text):
        return BOTS[text[:LONGEST_READ]]
    found = agent(text)
    if found.is_library or not text.strip(" -"):
        return True, False
    known = found.is_spider or crawlers().extract(text) is not None
    return known, known


@cache
def crawlers() -> UserAgentExtractor:
    """crawler-user-agents' patterns, and our own behind them."""
    listed = (entry["pattern"] for entry in CRAWLER_USER_AGENTS_DATA)
    return automaton((pattern, BOT) for pattern in (*listed, *SELF_NAMED))


BOTS = Answers(found_bot, CACHED_AGENTS, is_read_whole)
