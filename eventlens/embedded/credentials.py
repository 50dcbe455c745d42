"""The secrets of the first run between their making and their one showing.

Until then they lie in a file that only its owner may read, so that a run that is stopped in between does not
lose them; showing them removes the file.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

ADMIN = "admin"
PROJECT = "demo"


@dataclass(frozen=True)
class Credentials:
    """What the banner shows; a password or secret is empty when it is not ours to show."""

    admin_password: str
    client_id: str
    client_secret: str


def exist(folder: Path) -> bool:
    return (folder / "demo_client").exists()


def keep(folder: Path, credentials: Credentials) -> None:
    handle = os.open(folder / "first_run.json", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(asdict(credentials), file)
    (folder / "demo_client").write_text(credentials.client_id)


def read(folder: Path) -> Credentials:
    """The secrets if they were never shown, else the demo client's id alone."""
    try:
        return Credentials(**json.loads((folder / "first_run.json").read_text()))
    except FileNotFoundError:
        return Credentials("", (folder / "demo_client").read_text(), "")


def forget(folder: Path) -> None:
    (folder / "first_run.json").unlink(missing_ok=True)
