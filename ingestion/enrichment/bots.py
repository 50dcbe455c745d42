"""Who is a program and not a person: its events are stored apart, under the device "bot"."""

from functools import cache, lru_cache

from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from ua_parser_rs import UserAgentExtractor

from ingestion.enrichment.block import Block
from ingestion.enrichment.device_class import automaton
from ingestion.enrichment.user_agent import CACHED_AGENTS, LONGEST_READ, agent
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
    device, brand, model = (block.columns[name] for name in ("device", "brand", "model"))
    for at, event in enumerate(block.events):
        if is_bot(event.user_agent, event.by_backend) or is_given_away(event.signals, event.user_agent):
            device[at], brand[at], model[at] = BOT, "", ""


def is_given_away(signal: str, user_agent: str) -> bool:
    """Whether the headers tell; that a user's languages are missing tells only of what calls itself a browser."""
    return bool(signal) and (signal != NO_LANGUAGE or user_agent.startswith(BROWSERS))


def is_bot(user_agent: str, by_backend: bool) -> bool:
    """A back end may be silent about itself or use an HTTP library; anybody else who does is a bot."""
    return cached_is_bot(user_agent[:LONGEST_READ], by_backend)


@lru_cache(maxsize=CACHED_AGENTS)
def cached_is_bot(text: str, by_backend: bool) -> bool:
    found = agent(text)
    if found.is_library or not text.strip(" -"):
        return not by_backend
    return found.is_spider or crawlers().extract(text) is not None


@cache
def crawlers() -> UserAgentExtractor:
    """crawler-user-agents' patterns, and our own behind them."""
    listed = (entry["pattern"] for entry in CRAWLER_USER_AGENTS_DATA)
    return automaton((pattern, BOT) for pattern in (*listed, *SELF_NAMED))
