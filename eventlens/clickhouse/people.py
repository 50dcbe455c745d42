"""Which person a row is of: the one expression that turns a `personKey` into the person whom it stands for.

The table `persons` holds every key that stands for another; a dictionary in ClickHouse's memory answers for it. Its
key mixes the project in, so that it is one number, and its answer is what makes the person of the key, by exclusive
or: for most keys that is 0, the default, and no row needs a case of its own.
"""

import logging
import time
from urllib.parse import unquote, urlsplit

import xxhash
from django.conf import settings

from eventlens.clickhouse import client
from eventlens.clickhouse.errors import QueryRejected
from eventlens.clickhouse.sql import Sql, compose

logger = logging.getLogger(__name__)

# Servers beside the one that the rollup speaks to look by themselves this often whether something changed.
DICTIONARY = """
    CREATE OR REPLACE DICTIONARY person_of
    (
        key UInt64,
        delta UInt64 DEFAULT 0
    )
    PRIMARY KEY key
    SOURCE(CLICKHOUSE(
        USER '{user}' PASSWORD '{password}' DB '{database}'
        QUERY 'SELECT bitXor(personKey, xxHash64(projectId)) AS key, bitXor(personKey, person) AS delta FROM (
                   SELECT projectId, key AS personKey, argMax(person, version) AS person
                   FROM {database}.persons GROUP BY projectId, personKey HAVING person != personKey
               )'
        INVALIDATE_QUERY 'SELECT count(), max(version) FROM {database}.persons'
    ))
    LAYOUT(HASHED())
    LIFETIME(MIN 2 MAX 5)
"""

UNLINKED = Sql("personKey")
UNLINKED_VISITORS = Sql("uniqExact(personKey)")
LINKED = "SELECT 1 AS linked FROM persons WHERE projectId = {project:String} LIMIT 1"
REMEMBERED_SECONDS = 5

remembered: dict[str, tuple[float, bool]] = {}


def prepare() -> None:
    """Make the dictionary, or make it again: the password may have changed."""
    url = urlsplit(settings.EVENTLENS.clickhouse_url)
    parts = {
        "user": quoted(unquote(url.username or "default")),
        "password": quoted(unquote(url.password or "")),
        "database": url.path.strip("/") or "default",
    }
    client.command(Sql(DICTIONARY.format(**parts)))


def quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def refresh() -> None:
    """Let questions see at once what the rollup has written."""
    try:
        client.command(Sql("SYSTEM RELOAD DICTIONARY person_of"))
    except QueryRejected as refused:
        logger.warning("ClickHouse refuses to reload person_of, which delays new persons by 5 s: %s", refused)


def person_sql(project_id: str, key: str = "personKey") -> Sql:
    """The person of a row, or of whatever key. Where the project has no links UNLINKED says the same for nothing."""
    return Sql(
        f"bitXor({key}, dictGet('person_of', 'delta', bitXor({key}, {{personSpace:UInt64}})))",
        {"personSpace": space(project_id)},
    )


def visitors_sql(project_id: str) -> Sql:
    """How many persons rows are of, exactly: each key is looked up once, however many rows it has."""
    return compose(
        "arrayUniq(arrayMap(one -> $person, groupUniqArray(personKey)))",
        person=person_sql(project_id, "one"),
    )


def space(project_id: str) -> int:
    """What a project's keys are mixed with: ClickHouse's xxHash64(projectId)."""
    return xxhash.xxh64_intdigest(project_id.encode())


def has_links(project_id: str) -> bool:
    """Whether any key of the project stands for another; a no is remembered for seconds, a yes for as long."""
    now = time.monotonic()
    until, linked = remembered.get(project_id, (0.0, False))
    if now >= until:
        linked = bool(client.query(Sql(LINKED, {"project": project_id}), comment=f"{project_id}:persons"))
        remembered[project_id] = (now + REMEMBERED_SECONDS, linked)
    return linked


def forget() -> None:
    remembered.clear()
