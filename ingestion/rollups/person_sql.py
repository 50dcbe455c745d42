"""The SQL of the rollup of persons, as it runs; ingestion/rollups/persons.py says when and why."""

ALIASES = """
    SELECT fromKey, toKey, any(fromId) AS alias, any(toId) AS owner
    FROM identity_links
    WHERE projectId = {project:String} AND kind = 'alias'
      AND (fromKey IN {keys:Array(UInt64)} OR toKey IN {keys:Array(UInt64)})
    GROUP BY fromKey, toKey
"""

# Who was found to be one person before: it saves asking along a long chain, link by link.
COMPANIONS = """
    SELECT DISTINCT key
    FROM persons
    WHERE projectId = {project:String} AND kind = 'profile' AND person IN (
        SELECT person FROM persons WHERE projectId = {project:String} AND key IN {keys:Array(UInt64)}
    )
"""

NEWEST = """
    SELECT max(version) AS newest
    FROM persons
    WHERE projectId = {project:String}
"""

# A device is its earliest profile's; the smallest id decides between links of one millisecond.
DEVICES = """
    INSERT INTO persons (projectId, key, kind, id, person, personId, version)
    SELECT
        {project:String},
        device.key,
        'device',
        device.id,
        if(owner.person = 0, device.profileKey, owner.person),
        if(owner.person = 0, device.profileId, owner.personId),
        {version:UInt64}
    FROM (
        SELECT
            fromKey AS key,
            any(fromId) AS id,
            argMin(toKey, (linkedAt, toId)) AS profileKey,
            argMin(toId, (linkedAt, toId)) AS profileId
        FROM identity_links
        WHERE projectId = {project:String} AND kind = 'device' AND fromKey IN ($devices)
        GROUP BY fromKey
    ) AS device
    LEFT JOIN (
        SELECT key, argMax(person, version) AS person, argMax(personId, version) AS personId
        FROM persons
        WHERE projectId = {project:String} AND kind = 'profile'
        GROUP BY key
    ) AS owner ON owner.key = device.profileKey
"""

NAMED = "SELECT arrayJoin({keys:Array(UInt64)})"

OF_PROFILES = """
    SELECT fromKey
    FROM identity_links
    WHERE projectId = {project:String} AND kind = 'device' AND toKey IN {keys:Array(UInt64)}
"""
