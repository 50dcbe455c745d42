"""Numbered SQL files and a ledger of those applied: forward only, never edited.

A file's statements must each be repeatable (IF NOT EXISTS): ClickHouse has no transactions over DDL, so a run
that dies half way is simply run again, and its row in the ledger is written last.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql

FOLDER = Path(__file__).resolve().parents[2] / "clickhouse_migrations"
FILE_NAME = re.compile(r"^\d{4}_[a-z0-9_]+$")

LEDGER = Sql(
    """
    CREATE TABLE IF NOT EXISTS clickhouse_migrations
    (
        name String,
        checksum String,
        appliedAt DateTime64(3, 'UTC') DEFAULT now64(3)
    )
    ENGINE = MergeTree ORDER BY name
    """
)


class MigrationError(Exception):
    """The files and the ledger do not fit together; the message says what to do."""


@dataclass(frozen=True)
class Migration:
    """One file: its name without `.sql`, its whole text."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def statements(self) -> Iterator[Sql]:
        """Statements end with a semicolon at the end of a line; lines that begin with `--` are comments."""
        lines = [line for line in self.text.splitlines() if not line.lstrip().startswith("--")]
        for statement in re.split(r";[ \t]*(?:\n|$)", "\n".join(lines)):
            if statement.strip():
                yield Sql(statement.strip())


def files(folder: Path = FOLDER) -> list[Migration]:
    """All migrations in order; raises MigrationError for a badly named file or a number used twice."""
    found = sorted(folder.glob("*.sql"))
    numbers = [path.stem[:4] for path in found]
    for path, number in zip(found, numbers, strict=True):
        if not FILE_NAME.match(path.stem):
            raise MigrationError(f"{path.name}: name migrations like 0002_add_something.sql.")
        if numbers.count(number) > 1:
            raise MigrationError(f"{path.name}: the number {number} is used twice; give one of them the next number.")
    return [Migration(path.stem, path.read_text()) for path in found]


def prepare() -> None:
    """Make the database and the ledger, if they are not there."""
    client.create_database(settings.EVENTLENS.clickhouse_url)
    client.command(LEDGER)


def applied() -> dict[str, str]:
    """Checksum by name of what the ledger holds."""
    rows = client.query(Sql("SELECT name, any(checksum) AS checksum FROM clickhouse_migrations GROUP BY name"))
    return {row["name"]: row["checksum"] for row in rows}


def pending(migrations: list[Migration]) -> list[Migration]:
    """What has not been applied yet; raises MigrationError if an applied file was changed or is gone."""
    done = applied()
    known = {migration.name for migration in migrations}
    for name in sorted(done.keys() - known):
        raise MigrationError(f"{name} was applied but its file is gone; this code is older than the database.")
    for migration in migrations:
        if done.get(migration.name, migration.checksum) != migration.checksum:
            raise MigrationError(
                f"{migration.name}.sql was changed after it was applied; restore it and write a new migration."
            )
    return [migration for migration in migrations if migration.name not in done]


def apply(migration: Migration, *, fake: bool = False) -> None:
    """Run the file's statements, unless `fake`, and enter it in the ledger."""
    if not fake:
        for statement in migration.statements():
            client.command(statement)
    row = {"name": [migration.name], "checksum": [migration.checksum]}
    client.insert("clickhouse_migrations", row, token=f"migration:{migration.name}")
