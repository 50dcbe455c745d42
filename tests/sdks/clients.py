"""Projects and clients as rows written by hand: one program start less for each than the command takes."""

import json
import sqlite3
from contextlib import closing
from secrets import token_hex

from tests.product import Product


def new_client(product: Product, project: str, kind: str = "root") -> dict[str, str]:
    """A client, and its project if there is none of this id; the secret is hashed when it is first used."""
    client = {"id": token_hex(16), "secret": token_hex(16), "project": project}
    write(product, "INSERT OR IGNORE INTO analytics_projects (id, name) VALUES (?, ?)", project, project)
    columns = "id, name, type, projectId, secret"
    values = (client["id"], kind, kind, project, client["secret"])
    write(product, f"INSERT INTO analytics_clients ({columns}) VALUES (?, ?, ?, ?, ?)", *values)
    return client


def allow(product: Product, client: dict[str, str], origin: str) -> None:
    """Pages of this origin alone may send with the client's id."""
    write(product, "UPDATE analytics_clients SET cors = ? WHERE id = ?", json.dumps([origin]), client["id"])


def count_identical_once(product: Product, project: str, milliseconds: int) -> None:
    write(product, "UPDATE analytics_projects SET duplicateWindowMs = ? WHERE id = ?", milliseconds, project)


def write(product: Product, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(product.folder / "db.sqlite3", timeout=20)) as database, database:
        database.execute(statement, values)
