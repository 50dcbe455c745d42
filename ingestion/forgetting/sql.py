"""The SQL of erasures, as it runs; ingestion/forgetting/erasure.py says when and why.

The table `erasing` lists what a batch of erasures is about: ids and keys of profiles and devices, keys of lanes.
"""

from dataclasses import dataclass

from eventlens.clickhouse.sql import Sql, compose


@dataclass(frozen=True)
class Place:
    """A table in which persons stand, and the column by which they are found there."""

    table: str
    column: str = ""  # '' where only projects stand in it, no persons
    match: str = "key"  # the column of `erasing` that it is compared with
    kinds: str = "'profile', 'device'"
    is_replaced: bool = False  # by rows with a later version, or merged: FINAL counts what is there
    has_arrival: bool = False  # then what came after the wish stays
    is_index: bool = False  # of another table, and so not counted


PLACES = (
    Place("events", "personKey", has_arrival=True),
    Place("bot_events", "personKey", has_arrival=True),
    Place("sessions", "sessionKey", kinds="'lane'", is_replaced=True),
    Place("session_lanes", "sessionKey", kinds="'lane'", is_index=True),
    Place("profile_changes", "profileId", "id", "'profile'", has_arrival=True),
    Place("profile_sightings", "profileId", "id", "'profile'", is_replaced=True),
    # Both ends of an alias are one person; a device's link to another profile is that other person's.
    Place("identity_links", "toKey", kinds="'profile'", is_replaced=True),
    Place("group_members", "personKey", is_replaced=True),
    Place("group_changes"),
    Place("persons", "key", is_replaced=True),
    Place("profiles", "profileId", "id", "'profile'", is_replaced=True),
    Place("cohort_members", "personKey"),
    Place("cohort_generations"),
    Place("day_numbers", is_index=True),
    Place("day_people", is_index=True),
    Place("person_numbers", "key", is_index=True),
)
# Written by rollups and refreshes of cohorts, and only after they have read the others.
DERIVED = (
    "sessions",
    "session_lanes",
    "persons",
    "profiles",
    "cohort_members",
    "cohort_generations",
    "day_numbers",
    "day_people",
    "person_numbers",
)

LISTED = "SELECT $match FROM erasing WHERE batch = {batch:UInt64} AND kind IN ($kinds)"

ARRIVED = " AND toUnixTimestamp64Milli(receivedAt) <= {until:Int64}"

ANY = "SELECT 1 AS found FROM $table WHERE projectId = {project:String} AND $whose LIMIT 1"

DELETE = "DELETE FROM $table WHERE projectId = {project:String} AND $whose"

COUNT = """
    SELECT erasure, count() AS count
    FROM (
        SELECT $column AS found
        FROM $table
        WHERE projectId = {project:String} AND $whose
    ) AS stored
    INNER JOIN (
        SELECT DISTINCT $match AS found, erasure
        FROM erasing
        WHERE batch = {batch:UInt64} AND kind IN ($kinds)
    ) AS listed ON listed.found = stored.found
    GROUP BY erasure
"""

COUNT_ALL = "SELECT count() AS count FROM $table WHERE projectId = {project:String}"

# As the rollup of persons has it: a device is its earliest profile's.
LIST_DEVICES = """
    INSERT INTO erasing (batch, erasure, kind, key, id)
    SELECT {batch:UInt64}, owner.erasure, 'device', device.key, device.id
    FROM (
        SELECT fromKey AS key, any(fromId) AS id, argMin(toKey, (linkedAt, toId)) AS profileKey
        FROM identity_links
        WHERE projectId = {project:String} AND kind = 'device' AND fromKey IN (
            SELECT fromKey
            FROM identity_links
            WHERE projectId = {project:String} AND kind = 'device' AND toKey IN (
                SELECT key FROM erasing WHERE batch = {batch:UInt64} AND kind = 'profile'
            )
        )
        GROUP BY fromKey
    ) AS device
    INNER JOIN (
        SELECT key, erasure FROM erasing WHERE batch = {batch:UInt64} AND kind = 'profile'
    ) AS owner ON owner.key = device.profileKey
"""

LIST_LANES = """
    INSERT INTO erasing (batch, erasure, kind, key)
    SELECT DISTINCT {batch:UInt64}, listed.erasure, 'lane', stored.lane
    FROM (
        SELECT DISTINCT personKey AS person, sessionKey AS lane
        FROM events
        WHERE projectId = {project:String} AND personKey IN ($listed)
        UNION DISTINCT
        SELECT DISTINCT personKey AS person, sessionKey AS lane
        FROM sessions
        WHERE projectId = {project:String} AND personKey IN ($listed)
    ) AS stored
    INNER JOIN (
        SELECT DISTINCT key, erasure
        FROM erasing
        WHERE batch = {batch:UInt64} AND kind IN ('profile', 'device')
    ) AS listed ON listed.key = stored.person
"""

NAMES = """
    SELECT erasure, kind, key, id
    FROM erasing
    WHERE batch = {batch:UInt64} AND kind IN ('profile', 'device')
"""

# Whose sessions are to be cut again: what others did in them, and what came after the wish.
TOUCHED = """
    SELECT
        sessionKey AS lane,
        toUnixTimestamp64Milli(min(createdAt)) AS low,
        toUnixTimestamp64Milli(max(createdAt)) AS high
    FROM events
    WHERE projectId = {project:String} AND sessionKey IN ($listed)
    GROUP BY sessionKey
"""

# What came after the wish is a new person's, who was seen as well.
SEE_AGAIN = """
    INSERT INTO profile_sightings (projectId, profileId, firstSeenAt, lastSeenAt)
    SELECT {project:String}, profileId, min(at), max(at)
    FROM (
        SELECT profileId, createdAt AS at
        FROM events
        WHERE projectId = {project:String} AND profileId != '' AND personKey IN ($listed)
        UNION ALL
        SELECT profileId, changedAt AS at
        FROM profile_changes
        WHERE projectId = {project:String} AND profileId IN ($names)
    )
    GROUP BY profileId
"""

CHANGED_SINCE = """
    SELECT DISTINCT profileId AS id
    FROM profile_changes
    WHERE projectId = {project:String} AND profileId IN ($names)
"""

# Devices that were the person's first, and somebody else's too.
LINKED_STILL = """
    SELECT DISTINCT fromKey AS key
    FROM identity_links
    WHERE projectId = {project:String} AND kind = 'device' AND fromKey IN ($listed)
"""

# Days that were summed up with events of the persons; and all that were since the wish, for one of them may have been
# while the persons' events were gone and their sessions were not.
SUMMED_UP = """
    SELECT DISTINCT generation, toUnixTimestamp64Milli(startsAt) AS at
    FROM day_people
    WHERE projectId = {project:String}
      AND (generation >= {since:UInt64} OR arrayExists(key -> key IN ($listed), people))
    UNION DISTINCT
    SELECT DISTINCT generation, toUnixTimestamp64Milli(startsAt) AS at
    FROM day_numbers
    WHERE projectId = {project:String} AND generation >= {since:UInt64}
"""

EVERY = Sql("1")

BATCHES = "SELECT DISTINCT batch FROM erasing"
DROP_BATCH = "ALTER TABLE erasing DROP PARTITION {batch:UInt64}"


def listed(batch: int, kinds: str = "'profile', 'device'", match: str = "key") -> Sql:
    return compose(LISTED, {"batch": batch}, match=Sql(match), kinds=Sql(kinds))


def persons_sql(place: Place, batch: int, until_ms: int) -> Sql:
    """The condition on the rows of a batch's persons."""
    whose = compose(f"{place.column} IN ($listed)", listed=listed(batch, place.kinds, place.match))
    if not place.has_arrival:
        return whose
    return Sql(whose.text + ARRIVED, {**whose.params, "until": until_ms})


def any_sql(place: Place, project_id: str, whose: Sql) -> Sql:
    return compose(ANY, {"project": project_id}, table=Sql(place.table), whose=whose)


def delete_sql(place: Place, project_id: str, whose: Sql) -> Sql:
    return compose(DELETE, {"project": project_id}, table=Sql(place.table), whose=whose)


def count_sql(place: Place, project_id: str, batch: int, until_ms: int) -> Sql:
    """Rows by erasure."""
    return compose(
        COUNT,
        {"project": project_id, "batch": batch},
        column=Sql(place.column),
        table=counted(place),
        whose=persons_sql(place, batch, until_ms),
        match=Sql(place.match),
        kinds=Sql(place.kinds),
    )


def count_all_sql(place: Place, project_id: str) -> Sql:
    return compose(COUNT_ALL, {"project": project_id}, table=counted(place))


def counted(place: Place) -> Sql:
    return Sql(f"{place.table} FINAL" if place.is_replaced else place.table)
