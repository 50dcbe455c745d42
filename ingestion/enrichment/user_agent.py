"""Browser, operating system and device from the user agent."""

import sys
from functools import cache
from typing import NamedTuple

from ua_parser import OS, Device, Parser, UserAgent, load_lazy_builtins
from ua_parser.regex import Resolver

from ingestion.enrichment.block import Block
from ingestion.enrichment.device_class import APP_LIBRARY, LIBRARY, kind_of
from ingestion.enrichment.remembered import Answers

COLUMNS = ("browser", "browserVersion", "os", "osVersion", "device", "brand", "model")
CACHED_AGENTS = 16384
LONGEST_READ = 512  # real user agents are shorter; what follows tells nothing and could be anything

# ua-parser names each edition of a browser apart; here an edition is not another browser: the device tells.
BROWSERS = {
    "Android": "Android Browser",
    "Apple Mail": "Safari",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile WebView": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chromium": "Chrome",
    "DuckDuckGo Mobile": "DuckDuckGo",
    "Edge Mobile": "Edge",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "HeadlessChrome": "Headless Chrome",
    "IE": "Internet Explorer",
    "IE Mobile": "Internet Explorer",
    "MobileSafari": "Safari",
    "MiuiBrowser": "Miui Browser",
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "Safari",
    "Opera Mobile": "Opera",
    "QQ Browser Mobile": "QQ Browser",
    "UC Browser": "UC Browser",
    "Whale Mobile": "Whale",
}
# Browsers inside apps, and some others, that ua-parser takes for the engine beneath: token in the user agent, name.
TOKENS = (
    ("KAKAOTALK", "KakaoTalk"),
    ("NAVER(inapp", "Naver"),
    ("YaBrowser/", "Yandex Browser"),
    ("GSA/", "Google App"),
)
SYSTEMS = {"Mac OS X": "macOS", "Web0S": "webOS", "ATV OS X": "tvOS", "Symbian OS": "Symbian"}


class Agent(NamedTuple):
    """What a user agent says, in the words of the columns."""

    browser: str
    browser_version: str
    os: str
    os_version: str
    device: str
    brand: str
    model: str
    is_library: bool  # an HTTP library, or nothing at all
    is_spider: bool  # as ua-parser sees it


def fill(block: Block) -> None:
    """Fills browser, browserVersion, os, osVersion, device, brand and model."""
    block.fill(COLUMNS, AGENTS.all(block.user_agents))


def agent(user_agent: str) -> Agent:
    """The agent that a user agent names; all but the device is '' for a back end's HTTP library or for none."""
    return AGENTS[user_agent]


def is_read_whole(text: str) -> bool:
    """What is sent may have 64 KiB: what is read of it is remembered, and not the whole as well."""
    return len(text) <= LONGEST_READ


def found_agent(text: str) -> Agent:
    return parsed(text) if is_read_whole(text) else AGENTS[text[:LONGEST_READ]]


def parsed(text: str) -> Agent:
    kind = kind_of(text)
    if kind == LIBRARY:
        return Agent("", "", "", "", kind, "", "", True, False)
    device = "mobile" if kind == APP_LIBRARY else kind
    found = parser().parse(text)
    browser, browser_version = browser_of(text, found.user_agent)
    system, system_version = system_of(text, device, found.os)
    brand, model = make_of(device, system, found.device)
    is_spider = found.device is not None and found.device.family == "Spider"
    is_library = kind == APP_LIBRARY
    # The same few words in thousands of agents: each is there once.
    told = (browser, browser_version, system, system_version, device, brand, model)
    return Agent._make((*map(sys.intern, told), is_library, is_spider))


AGENTS = Answers(found_agent, CACHED_AGENTS, is_read_whole)


@cache
def parser() -> Parser:
    """ua-parser on its Rust back end, without its own cache: the one above holds the finished answers."""
    return Parser(Resolver(load_lazy_builtins()))


def browser_of(text: str, found: UserAgent | None) -> tuple[str, str]:
    for token, name in TOKENS:
        if token in text:
            return name, leading_version(text.partition(token)[2])
    if found is None:
        return "", ""
    # WKWebView's "version" is the build of the engine, the same for years.
    if found.family in {"Mobile Safari UI/WKWebView", "Apple Mail"}:
        return "Safari", ""
    return BROWSERS.get(found.family, found.family), version(found.major, found.minor)


def system_of(text: str, kind: str, found: OS | None) -> tuple[str, str]:
    if kind == "tablet" and "Macintosh" in text:
        return "iOS", ""  # an iPad that asks for the desktop's pages; the version it names is a Macintosh's
    if found is None:
        return "", ""
    return SYSTEMS.get(found.family, found.family), version(found.major, found.minor)


def make_of(kind: str, system: str, found: Device | None) -> tuple[str, str]:
    if kind == "tablet" and system == "iOS":
        return "Apple", "iPad"
    # Spider and Generic are ua-parser's words for "no maker known"; Chrome on Android names every model K.
    if found is None or found.brand in {None, "Spider", "Generic"} or found.model == "K":
        return "", ""
    brand = "" if (found.brand or "").startswith("Generic") else found.brand or ""
    return brand, found.model or ""


def version(major: str | None, minor: str | None) -> str:
    """Major and minor, without a minor of 0: Chrome 126, Safari 17.4, macOS 10.15."""
    if not major:
        return ""
    return f"{major}.{minor}" if minor and minor.strip("0") else major


def leading_version(text: str) -> str:
    number = text.lstrip(" /").split(" ")[0].rstrip(");").split(".")
    parts = [part if part.isdecimal() else "" for part in [*number, ""][:2]]
    return version(*parts)
