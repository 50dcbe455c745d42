"""Reading the admin's pages."""

import re
from html import unescape
from typing import Any

PROJECTS = "/admin/analytics/project/"
CLIENTS = "/admin/analytics/client/"


def errors_on(page: Any) -> list[str]:
    found = re.findall(r'class="errorlist"[^>]*>(.*?)</ul>', page.content.decode(), re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>", "", text)).strip() for text in found]
