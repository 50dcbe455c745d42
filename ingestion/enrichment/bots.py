"""Who is a program and not a person: its events are stored apart, under the device "bot"."""

import re
from functools import cache, lru_cache

import ua_parser_rs
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from analytics.directory import ProjectRecord
from ingestion.accepted import AcceptedEvent
from ingestion.enrichment.device_class import HTTP_LIBRARY
from ingestion.enrichment.user_agent import CACHED_AGENTS, LONGEST_READ, agent
from ingestion.rows import BOT, EventRow

# What the maintained list may not name: programs that say what they are or, as only programs do, whom to ask about
# them (`+https://…`, an e-mail address), and browsers that a program drives. Cubot makes telephones.
SELF_NAMED = re.compile(
    r"(?<!cu)bot\b|crawler|spider|scraper|feed ?parser|fetcher\b|\+https?://|[\w.]@[\w-]+\.[a-z]"
    r"|headless|phantomjs|slimerjs|puppeteer|playwright|selenium|webdriver|cypress/",
    re.IGNORECASE,
)


def fill(row: EventRow, event: AcceptedEvent, project: ProjectRecord) -> None:
    """Sets device, brand and model of a bot; of a person it sets nothing."""
    if is_bot(event.user_agent, event.by_backend):
        row.device, row.brand, row.model = BOT, "", ""


@lru_cache(maxsize=CACHED_AGENTS)
def is_bot(user_agent: str, by_backend: bool) -> bool:
    """A back end may be silent about itself or use an HTTP library; anybody else who does is a bot."""
    text = user_agent[:LONGEST_READ].strip(" -")
    if not text or HTTP_LIBRARY.match(text):
        return not by_backend
    return agent(user_agent).is_spider or bool(SELF_NAMED.search(text)) or crawlers().extract(text) is not None


@cache
def crawlers() -> ua_parser_rs.UserAgentExtractor:
    """The patterns of crawler-user-agents as one automaton: 3 µs for a user agent where Python's `re` takes 170."""
    patterns = (entry["pattern"] for entry in CRAWLER_USER_AGENTS_DATA)
    return ua_parser_rs.UserAgentExtractor((pattern, BOT, None, None, None, None) for pattern in patterns)
