"""Which person a row is of: the one expression that turns a `personKey` into the person whom it stands for.

The table `persons` holds every key that stands for another; a dictionary in ClickHouse's memory answers for it. Its
key mixes the project in, so that it is one number, and its answer is what makes the person of the key, by exclusive
or: for most keys that is 0, the default, and no row needs a case of its own.

Most keys stand for nobody else, and to find that out is most of the cost: a random access to memory for each. So
another dictionary, small enough to stay near the processor, tells from the upper bits of the mixed key alone whether
there may be anything to look up.
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
               ) WHERE key != 0'
        INVALIDATE_QUERY 'SELECT count(), max(version) FROM {database}.persons'
    ))
    LAYOUT(HASHED())
    LIFETIME(MIN 2 MAX 5)
"""

# A slot is the upper 22 bits of a mixed key. It is there if the key or the person of a link falls into it, and linked
# if a key does. More bits would leave the processor's cache, fewer would be shared by too many keys.
SLOTS = """
    CREATE OR REPLACE DICTIONARY person_slots
    (
        slot UInt64,
        linked UInt8 DEFAULT 0
    )
    PRIMARY KEY slot
    SOURCE(CLICKHOUSE(
        USER '{user}' PASSWORD '{password}' DB '{database}'
        QUERY 'SELECT bitShiftRight(bitXor(part.1, xxHash64(projectId)), 42) AS slot, max(part.2) AS linked FROM (
                   SELECT projectId, arrayJoin([(key, 1), (person, 0)]) AS part
                   FROM {database}.persons WHERE key != person
               ) GROUP BY slot'
        INVALIDATE_QUERY 'SELECT count(), max(version) FROM {database}.persons'
    ))
    LAYOUT(FLAT(INITIAL_ARRAY_SIZE 4194304 MAX_ARRAY_SIZE 4194304))
    LIFETIME(MIN 2 MAX 5)
"""

# The slots first: one too many changes no answer, one too few hides a link for as long as it lacks.
DICTIONARIES = {"person_slots": SLOTS, "person_of": DICTIONARY}

UNLINKED = Sql("personKey")
UNLINKED_VISITORS = Sql("uniqExact(personKey)")
LINKED = "SELECT 1 AS linked FROM persons WHERE projectId = {project:String} LIMIT 1"
REMEMBERED_SECONDS = 5

remembered: dict[str, tuple[float, bool]] = {}


def prepare() -> None:
    """Make the dictionaries, or make them again: the password may have changed."""
    url = urlsplit(settings.EVENTLENS.clickhouse_url)
    parts = {
        "user": quoted(unquote(url.username or "default")),
        "password": quoted(unquote(url.password or "")),
        "database": url.path.strip("/") or "default",
    }
    for dictionary in DICTIONARIES.values():
        client.command(Sql(dictionary.format(**parts)))


def quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def refresh() -> None:
    """Let questions see at once what the rollup has written."""
    try:
        for name in DICTIONARIES:
            client.command(Sql(f"SYSTEM RELOAD DICTIONARY {name}"))
    except QueryRejected as refused:
        logger.warning("ClickHouse refuses to reload dictionaries, which delays new persons by 5 s: %s", refused)


def person_sql(project_id: str, key: str = "personKey") -> Sql:
    """The person of a row, or of whatever key. Where the project has no links UNLINKED says the same for nothing.

    A key that surely stands for nobody else is looked up as 0, which is always at hand and has the default.
    """
    return compose(
        f"bitXor({key}, dictGet('person_of', 'delta', $mixed * dictGet('person_slots', 'linked', $slot)))",
        mixed=mixed_sql(project_id, key),
        slot=slot_sql(project_id, key),
    )


KEYS = Sql("groupUniqArray(personKey)")
# ClickHouse makes each of the repeated arrays once.
VISITORS = "length($keys) - length($near) + arrayUniq(arrayMap(one -> $person, $near))"
NEAR = "arrayFilter(one -> $isNear, $keys)"


def visitors_sql(project_id: str, keys: Sql = KEYS) -> Sql:
    """How many persons rows are of, exactly: a distinct key counts for one, unless its slot has to do with links."""
    near = compose(NEAR, isNear=near_sql(project_id, "one"), keys=keys)
    return compose(VISITORS, keys=keys, near=near, person=person_sql(project_id, "one"))


# The same in two columns that can be added up and put together.
APART = """length($keys) - length($near) AS alone,
            arrayMap(one -> $person, $near) AS joined"""


def apart_sql(project_id: str, keys: Sql) -> Sql:
    """Of distinct keys, how many surely stand for themselves alone, and the persons of the others."""
    near = compose(NEAR, isNear=near_sql(project_id, "one"), keys=keys)
    return compose(APART, keys=keys, near=near, person=person_sql(project_id, "one"))


def near_sql(project_id: str, key: str) -> Sql:
    """Whether a key may have to do with links."""
    return compose("dictHas('person_slots', $slot)", slot=slot_sql(project_id, key))


def mixed_sql(project_id: str, key: str) -> Sql:
    return Sql(f"bitXor({key}, {{personSpace:UInt64}})", {"personSpace": space(project_id)})


def slot_sql(project_id: str, key: str) -> Sql:
    return compose("bitShiftRight($mixed, 42)", mixed=mixed_sql(project_id, key))


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
