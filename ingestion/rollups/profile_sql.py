"""The SQL of the rollup of profiles, as it runs; ingestion/rollups/profiles.py says when and why."""

MEMBERS = """
    SELECT id, personId
    FROM persons FINAL
    WHERE projectId = {project:String} AND kind = 'profile' AND person IN (
        SELECT person
        FROM persons FINAL
        WHERE projectId = {project:String} AND key IN {keys:Array(UInt64)}
    )
"""

NEWEST = """
    SELECT max(version) AS newest
    FROM profiles
    WHERE projectId = {project:String}
"""

# A trait is what was set last, plus all that was added since. Its anchor is the last change that it does not look
# behind: that it was set, or that it or a trait above it was removed (`address` is above `address.city`).
FOLD = """
    INSERT INTO profiles (projectId, profileId, traits, numbers, version)
    WITH
        changes AS
        (
            SELECT
                transform(profileId, {ids:Array(String)}, {persons:Array(String)}, profileId) AS person,
                key,
                kind,
                value,
                amount,
                (changedAt, receivedAt, eventId, profileId) AS place
            FROM profile_changes
            WHERE projectId = {project:String} AND profileId IN {ids:Array(String)}
        ),
        removed AS
        (
            SELECT person, key AS above, max(place) AS place
            FROM changes
            WHERE kind = 'remove'
            GROUP BY person, above
        ),
        below AS
        (
            SELECT DISTINCT
                person,
                key,
                arrayJoin(arrayMap(
                    depth -> arrayStringConcat(arraySlice(splitByChar('.', key), 1, depth), '.'),
                    arrayEnumerate(splitByChar('.', key))
                )) AS above
            FROM changes
        ),
        anchors AS
        (
            SELECT person, key, max(place) AS anchor
            FROM
            (
                SELECT person, key, place
                FROM changes
                WHERE kind = 'set'
                UNION ALL
                SELECT below.person AS person, below.key AS key, removed.place AS place
                FROM below
                INNER JOIN removed ON removed.person = below.person AND removed.above = below.above
            )
            GROUP BY person, key
        ),
        folded AS
        (
            SELECT
                changes.person AS person,
                changes.key AS name,
                countIf(kind = 'set' AND place = anchor) > 0 AS isSet,
                anyIf(value, kind = 'set' AND place = anchor) AS given,
                anyIf(amount, kind = 'set' AND place = anchor) AS base,
                countIf(kind = 'add' AND place > anchor) AS additions,
                sumIf(amount, kind = 'add' AND place > anchor) AS added,
                if(additions > 0, toString(base + added), given) AS text
            FROM changes
            LEFT JOIN anchors ON anchors.person = changes.person AND anchors.key = changes.key
            GROUP BY person, name
        )
    SELECT
        {project:String},
        person,
        mapFromArrays(
            groupArrayIf(name, isSet OR additions > 0),
            groupArrayIf(text, isSet OR additions > 0)
        ),
        mapFromArrays(
            groupArrayIf(name, (isSet OR additions > 0) AND toFloat64OrNull(text) IS NOT NULL),
            groupArrayIf(toFloat64OrZero(text), (isSet OR additions > 0) AND toFloat64OrNull(text) IS NOT NULL)
        ),
        {version:UInt64}
    FROM folded
    GROUP BY person
"""
