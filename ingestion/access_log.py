"""Page views out of a web server's access log in the combined format (Apache's and nginx's default)."""

import posixpath
import re
from dataclasses import dataclass

from apachelogs import COMBINED, LogParser
from apachelogs.errors import InvalidEntryError

PAGE_METHODS = {"GET"}
PAGE_STATUSES = {200, 304}
# What a person looks at as a page. A path without an extension is one; style sheets, pictures, feeds' XML,
# scripts and downloads are not.
PAGE_EXTENSIONS = {"", ".html", ".htm", ".xhtml", ".shtml", ".php", ".asp", ".aspx", ".jsp", ".do", ".cgi"}

PARSER = LogParser(COMBINED)


class NotALogLine(ValueError):
    """The line is not in the combined format."""


@dataclass(frozen=True)
class PageView:
    """One page that was served: when (epoch milliseconds), to whom, from where."""

    at_ms: int
    address: str
    url: str
    referrer: str
    user_agent: str


def page_view(line: str) -> PageView | None:
    """The page view that the line tells of; None for a request of another kind. Raises NotALogLine."""
    try:
        entry = PARSER.parse(line)
    except (InvalidEntryError, ValueError) as wrong:
        raise NotALogLine(str(wrong)) from None
    method, _, rest = (entry.request_line or "").partition(" ")
    url = rest.rpartition(" HTTP/")[0] or rest
    if method not in PAGE_METHODS or entry.final_status not in PAGE_STATUSES or not is_page(url):
        return None
    headers = entry.headers_in
    return PageView(
        at_ms=int(entry.request_time.timestamp() * 1000),
        address=entry.remote_host or "",
        url=url,
        referrer=headers["Referer"] or "",
        user_agent=headers["User-Agent"] or "",
    )


def is_page(url: str) -> bool:
    """Whether the address is a page's, judged by its extension. `//icon.png` is a path too: this is no URL's host."""
    name = posixpath.basename(re.split(r"[?#]", url, maxsplit=1)[0])
    return posixpath.splitext(name)[1].lower() in PAGE_EXTENSIONS or name.endswith(".")
