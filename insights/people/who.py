"""Who persons are: the id that stands for each key of a person, for lists of people behind a number."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking.scope import Scope

JOINED = """
SELECT person AS someone, any(personId) AS id
FROM persons FINAL
WHERE projectId = {project:String} AND person IN {keys:Array(UInt64)}
GROUP BY someone
"""

# A person whom nothing was joined to is what the events say.
ALONE = """
SELECT personKey AS someone, any(profileId) AS profileId, any(deviceId) AS deviceId
FROM events
WHERE $events AND personKey IN {keys:Array(UInt64)}
GROUP BY someone
"""


def named(scope: Scope, keys: Sequence[int], question: str) -> dict[int, dict[str, str]]:
    """Each person's `id` and its `kind`, profile or device; their events are looked for in the scope's range.

    Who has been forgotten in the meantime is left out.
    """
    found = {key: {"id": id, "kind": "profile"} for key, id in joined(scope, keys, question).items()}
    if rest := [key for key in keys if key not in found]:
        alone = compose(ALONE, {"keys": rest}, events=scope.events())
        rows = client.query(alone, comment=f"{scope.project}:{question}")
        found |= {row["someone"]: own_name(row) for row in rows}
    return found


def joined(scope: Scope, keys: Sequence[int], question: str) -> dict[int, str]:
    """Of those among them who have several keys, the id that stands for all."""
    if not keys or not scope.is_linked:
        return {}
    sql = Sql(JOINED, {"project": scope.project, "keys": list(keys)})
    return {row["someone"]: row["id"] for row in client.query(sql, comment=f"{scope.project}:{question}")}


def own_name(row: Mapping[str, Any]) -> dict[str, str]:
    if row["profileId"]:
        return {"id": row["profileId"], "kind": "profile"}
    return {"id": row["deviceId"], "kind": "device"}
