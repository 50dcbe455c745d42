"""Runs a script with the published SDKs in Node, pointed at a running product."""

import json
import subprocess
from typing import Any

from tests.sdks.published import FOLDER, pointed


def start(script: str, url: str, client: dict[str, str]) -> subprocess.Popen[str]:
    """A module's text, run where it finds the installed SDKs."""
    return subprocess.Popen(
        ["node", "--input-type=module", "--eval", pointed(script, url, client)],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> Any:
    """What the script printed, parsed; None for nothing."""
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return json.loads(printed) if printed else None


def run(name: str, url: str, client: dict[str, str]) -> Any:
    """What a script of the folder node/ printed."""
    return finish(start((FOLDER / "node" / name).read_text(), url, client))
