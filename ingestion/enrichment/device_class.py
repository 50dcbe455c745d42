"""What kind of thing a user agent runs on, by a table of patterns whose first match counts."""

import re

# Programs that fetch over HTTP for a back end. Behind a secret they are a project's own servers, else they are bots.
HTTP_LIBRARY = re.compile(
    r"^(?:(?:node|node-fetch|undici|axios|got|ky|superagent|bun|deno|python|aiohttp|httpx|openpanel|event-?lens"
    r"|go-http-client|go-resty|java|apache-httpclient|jakarta|okhttp|jetty|reactor-?netty|vert\.x|ahc"
    r"|ruby|faraday|rest-client|httparty|php|guzzlehttp|symfony|curl|wget|libcurl|httpie|postmanruntime|insomnia|bruno"
    r"|reqwest|ureq|hyper|\.net|restsharp|dotnet|perl|libwww-perl|lwp|dart|elixir|hackney|erlang)(?=[-/ ._(:;]|$)"
    r"|mozilla/5\.0 \([^)]*\) windowspowershell)",
    re.IGNORECASE,
)
# Libraries that phones carry: behind a secret they are an app, not a server.
APP_LIBRARY = re.compile(r"^(?:okhttp|dart)", re.IGNORECASE)

CLASSES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "console",
        re.compile(r"playstation|\bxbox|nintendo|\bouya\b", re.IGNORECASE),
    ),
    (
        "smarttv",
        re.compile(
            r"smart[-_ ]?tv|\btv safari|hbbtv|apple ?tv|google ?tv|android tv|\bbravia\b|\baft[a-z]{1,5}\b|crkey"
            r"|\broku\b|web0s|netcast|viera|philipstv|nettv|vidaa|inettvbrowser|dtv\b|set-?top|\bmitv\b|\bshield tv",
            re.IGNORECASE,
        ),
    ),
    (
        "wearable",
        re.compile(r"apple ?watch|watchos|wear ?os|\bsm-[rl]\d{3}|galaxy watch|oculus|\bquest \d|\bvr safari", re.I),
    ),
    (
        "tablet",
        # Browsers on Android leave "Mobile" out on tablets; an iPad that calls itself a Macintosh betrays itself by
        # a token that no browser on a real Macintosh has.
        re.compile(
            r"\bipad|playbook|kindle|\bsilk/|\btablet(?! pc)|\bkf[a-z]{2,4}\b|\bsm-[tx]\d{3}|nexus (?:7|9|10)\b"
            r"|macintosh.*(?:mobile/|crios/|fxios/|edgios/)|^mozilla(?!.*mobile)(?!.*mini).*android",
            re.IGNORECASE,
        ),
    ),
    (
        "mobile",
        re.compile(
            r"iphone|ipod|android|windows phone|iemobile|blackberry|\bbb10\b|opera m(?:ini|obi)|symb(?:ian|os)|kaios"
            r"|webos|midp|\bwap\b|\bmobile\b|cfnetwork/.*darwin/",
            re.IGNORECASE,
        ),
    ),
    (
        "desktop",
        re.compile(r"windows|macintosh|mac os x|x11|linux|\bcros\b|freebsd|openbsd|netbsd", re.IGNORECASE),
    ),
)


def device_class(user_agent: str) -> str:
    """One of server, console, smarttv, wearable, tablet, mobile, desktop; '' where nothing tells."""
    if APP_LIBRARY.match(user_agent):
        return "mobile"
    if not user_agent or HTTP_LIBRARY.match(user_agent):
        return "server"
    return next((name for name, pattern in CLASSES if pattern.search(user_agent)), "")
