"""What kind of thing a user agent runs on, by a table of patterns whose first match counts."""

from collections.abc import Iterable
from functools import cache

from ua_parser_rs import UserAgentExtractor

# Kinds that are no device: programs that fetch over HTTP for a back end, and such programs inside apps. Behind a
# secret the first are a project's own servers and the second its apps; else both are bots.
LIBRARY, APP_LIBRARY = "server", "app"

# Rust's regular expressions, compiled into one automaton without regard to case: no look-around, so an exception is
# an earlier row.
KINDS: tuple[tuple[str, str], ...] = (
    (APP_LIBRARY, r"^(?:okhttp|dart)(?:[-/ ._(:;]|$)"),
    (
        LIBRARY,
        r"^(?:node|node-fetch|undici|axios|got|ky|superagent|bun|deno|python|aiohttp|httpx|openpanel|event-?lens"
        r"|go-http-client|go-resty|java|apache-httpclient|jakarta|jetty|reactor-?netty|vert\.x|ahc|ruby|faraday"
        r"|rest-client|httparty|php|guzzlehttp|symfony|curl|wget|libcurl|httpie|postmanruntime|insomnia|bruno|reqwest"
        r"|ureq|hyper|\.net|restsharp|dotnet|perl|libwww-perl|lwp|elixir|hackney|erlang)(?:[-/ ._(:;]|$)",
    ),
    (LIBRARY, r"^mozilla/5\.0 \([^)]*\) windowspowershell"),
    ("console", r"playstation|\bxbox|nintendo|\bouya\b"),
    (
        "smarttv",
        r"smart[-_ ]?tv|\btv safari|hbbtv|apple ?tv|google ?tv|android tv|\bbravia\b|\baft[a-z]{1,5}\b|crkey|\broku\b"
        r"|web0s|netcast|viera|philipstv|nettv|vidaa|inettvbrowser|dtv\b|set-?top|\bmitv\b|\bshield tv",
    ),
    ("wearable", r"apple ?watch|watchos|wear ?os|\bsm-[rl]\d{3}|galaxy watch|oculus|\bquest \d|\bvr safari"),
    ("desktop", r"\btablet pc"),  # Windows of 2010 with a pen
    ("tablet", r"\bipad|playbook|kindle|\bsilk/|\btablet|\bkf[a-z]{2,4}\b|\bsm-[tx]\d{3}|nexus (?:7|9|10)\b"),
    # An iPad that calls itself a Macintosh betrays itself by a token that no browser on a real Macintosh has.
    ("tablet", r"macintosh.*(?:mobile/|crios/|fxios/|edgios/)"),
    # Browsers on Android say "Mobile" on telephones and nothing on tablets; other programs never say it.
    ("mobile", r"android.*(?:mobile|mini)|(?:mobile|mini).*android"),
    ("tablet", r"^mozilla.*android"),
    (
        "mobile",
        r"iphone|ipod|android|windows phone|iemobile|blackberry|\bbb10\b|opera m(?:ini|obi)|symb(?:ian|os)|kaios"
        r"|webos|midp|\bwap\b|\bmobile\b|cfnetwork/.*darwin/",
    ),
    ("desktop", r"windows|macintosh|mac os x|x11|linux|\bcros\b|freebsd|openbsd|netbsd"),
)


def kind_of(user_agent: str) -> str:
    """LIBRARY, APP_LIBRARY, or a class of device; '' where nothing tells."""
    if not user_agent:
        return LIBRARY
    found = kinds().extract(user_agent)
    return found.family if found else ""


@cache
def kinds() -> UserAgentExtractor:
    return automaton((f"(?i:{pattern})", kind) for kind, pattern in KINDS)


def automaton(patterns: Iterable[tuple[str, str]]) -> UserAgentExtractor:
    """Pairs of pattern and answer; `.extract(text)` has the first match's answer as its family.

    ua-parser's Rust part searches all patterns at once: microseconds where Python's `re` takes a hundred.
    """
    return UserAgentExtractor((pattern, answer, None, None, None, None) for pattern, answer in patterns)
