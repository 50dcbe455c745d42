"""Where the published SDKs are, and the snippets of docs/sdks.md, pointed at a running product."""

import re
from pathlib import Path

from tests.servers import ROOT

FOLDER = Path(__file__).parent
MODULES = FOLDER / "node_modules"
PYTHON_MODULES = FOLDER / ".python_modules"
PAGE = FOLDER / "page"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def snippet(language: str) -> str:
    """The one block of this language in the page that tells people how to use the SDKs."""
    text = (ROOT / "docs/sdks.md").read_text()
    [found] = [body for name, body in BLOCK.findall(text) if name == language]
    return str(found)


def pointed(text: str, url: str, client: dict[str, str]) -> str:
    """With the placeholders of the docs replaced."""
    placeholders = {
        "https://events.example.com": url,
        "YOUR_CLIENT_ID": client["id"],
        "YOUR_CLIENT_SECRET": client["secret"],
    }
    for placeholder, value in placeholders.items():
        text = text.replace(placeholder, value)
    return text
