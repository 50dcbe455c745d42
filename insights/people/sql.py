"""The SQL of the questions about persons, as it runs."""

from eventlens.clickhouse.sql import Sql, compose

# A person goes by the id that stands for all of theirs; the key of an id that nothing was joined to is its own.
PERSON = """
SELECT
    xxHash64(concat('p', {id:String})) AS own,
    argMax(person, version) AS person,
    argMax(personId, version) AS id
FROM persons
WHERE projectId = {project:String} AND key = xxHash64(concat('p', {id:String}))
"""

KEYS = """
SELECT key
FROM persons FINAL
WHERE projectId = {project:String} AND person = {person:UInt64}
UNION ALL
SELECT {person:UInt64}
"""

LIST = """
SELECT
    if(owner.personId = '', seen.profileId, owner.personId) AS id,
    min(seen.firstSeenAt) AS firstSeenAt,
    max(seen.lastSeenAt) AS lastSeenAt
FROM (
    SELECT profileId, firstSeenAt, lastSeenAt
    FROM profile_sightings
    WHERE projectId = {project:String}
) AS seen
LEFT JOIN (
    SELECT id, argMax(personId, version) AS personId
    FROM persons
    WHERE projectId = {project:String} AND kind = 'profile'
    GROUP BY id
) AS owner ON owner.id = seen.profileId
GROUP BY id
HAVING $after AND $matching
ORDER BY lastSeenAt DESC, id
LIMIT {limit:UInt64}
"""

AFTER = """(
    lastSeenAt < fromUnixTimestamp64Milli({at:Int64}, 'UTC')
    OR lastSeenAt = fromUnixTimestamp64Milli({at:Int64}, 'UTC') AND id > {after:String}
)"""

MATCHING = """(
    positionCaseInsensitiveUTF8(id, {search:String}) > 0
    OR id IN (
        SELECT profileId
        FROM profiles FINAL
        WHERE projectId = {project:String}
            AND arrayExists(value -> positionCaseInsensitiveUTF8(value, {search:String}) > 0, mapValues(traits))
    )
)"""

TRAITS = """
SELECT profileId AS id, traits
FROM profiles FINAL
WHERE projectId = {project:String} AND profileId IN {ids:Array(String)}
"""

MEMBERS = """
SELECT kind, groupArraySorted({most:UInt64})(id) AS ids, count() AS count
FROM persons FINAL
WHERE projectId = {project:String} AND person = {person:UInt64} AND key != {person:UInt64}
GROUP BY kind
"""

GROUPS = """
SELECT DISTINCT groupId
FROM group_members
WHERE projectId = {project:String} AND personKey IN ($keys)
ORDER BY groupId
LIMIT {most:UInt64}
"""

SEEN = """
SELECT min(first) AS firstSeenAt, max(last) AS lastSeenAt, sum(events) AS totalEvents, count() AS sources
FROM (
    SELECT min(createdAt) AS first, max(createdAt) AS last, count() AS events
    FROM events
    WHERE projectId = {project:String} AND personKey IN ($keys)
    HAVING events > 0
    UNION ALL
    SELECT min(firstSeenAt) AS first, max(lastSeenAt) AS last, 0 AS events
    FROM profile_sightings
    WHERE projectId = {project:String} AND profileId IN (
        SELECT id
        FROM persons FINAL
        WHERE projectId = {project:String} AND person = {person:UInt64} AND kind = 'profile'
        UNION ALL
        SELECT {id:String}
    )
    HAVING count() > 0
)
"""

TIMELINE = """
SELECT
    eventId, name, createdAt, path, title, referrerName, channel, country, city, device, browser, os,
    deviceId, revenue, currency, groups, properties, numbers
FROM events
WHERE projectId = {project:String} AND personKey IN ($keys) AND $before
ORDER BY createdAt DESC, eventId DESC
LIMIT {limit:UInt64}
"""

BEFORE = """(
    createdAt <= fromUnixTimestamp64Milli({at:Int64}, 'UTC')
    AND (createdAt, eventId) < (fromUnixTimestamp64Milli({at:Int64}, 'UTC'), {after:String})
)"""

EVERY = Sql("1")


def keys_sql(project: str, person: int) -> Sql:
    """All keys that a person's events may carry."""
    return Sql(KEYS, {"project": project, "person": person})


def list_sql(project: str, limit: int, after: tuple[int, str] | None, search: str) -> Sql:
    return compose(
        LIST,
        {"project": project, "limit": limit},
        after=place_sql(AFTER, after),
        matching=Sql(MATCHING, {"project": project, "search": search}) if search else EVERY,
    )


def timeline_sql(project: str, person: int, limit: int, after: tuple[int, str] | None) -> Sql:
    keys = keys_sql(project, person)
    return compose(TIMELINE, {"project": project, "limit": limit}, keys=keys, before=place_sql(BEFORE, after))


def place_sql(condition: str, place: tuple[int, str] | None) -> Sql:
    """Behind that place of a list; from its beginning where there is none."""
    return EVERY if place is None else Sql(condition, {"at": place[0], "after": place[1]})
