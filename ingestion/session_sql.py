"""The SQL of the session rollup, as it runs; ingestion/sessions.py says when and why."""

EXISTING = """
    SELECT
        sessionKey,
        startedAt,
        argMax(endedAt, version) AS ended,
        max(version) AS newest,
        xxHash64(concat('s', argMax(sessionId, version))) = sessionKey AS isOwn
    FROM sessions
    WHERE projectId = {project:String} AND sessionKey IN {lanes:Array(UInt64)}
    GROUP BY sessionKey, startedAt
    HAVING argMax(isDeleted, version) = 0
"""

CUT = """
    INSERT INTO sessions
    (
        projectId, sessionKey, startedAt, endedAt, sessionId, profileId, personKey, duration,
        events, screenViews, interactiveEvents, isBounce, entryPath, exitPath, revenue, version,
        deviceId, entryOrigin, referrer, referrerName, referrerType, channel,
        utmSource, utmMedium, utmCampaign, utmTerm, utmContent, country, region, city,
        browser, browserVersion, os, osVersion, device, brand, model
    )
    WITH
        in_window AS
        (
            SELECT
                *,
                (createdAt, receivedAt, eventId) AS place,
                sessionId = '' AND toUnixTimestamp64Milli(createdAt) - toUnixTimestamp64Milli(
                    lagInFrame(createdAt) OVER lane
                ) > {timeout:Int64} AS isFirst
            FROM
            (
                SELECT *
                FROM events
                WHERE projectId = {project:String}
                  AND sessionKey IN {lanes:Array(UInt64)}
                  AND createdAt >= {earliest:DateTime64(3, 'UTC')}
                  AND createdAt <= {latest:DateTime64(3, 'UTC')}
                  AND toUnixTimestamp64Milli(createdAt)
                      >= transform(sessionKey, {lanes:Array(UInt64)}, {lows:Array(Int64)}, toInt64(0))
                  AND toUnixTimestamp64Milli(createdAt)
                      <= transform(sessionKey, {lanes:Array(UInt64)}, {highs:Array(Int64)}, toInt64(0))
            )
            WINDOW lane AS (
                PARTITION BY sessionKey ORDER BY createdAt, receivedAt, eventId
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            )
        ),
        numbered AS
        (
            SELECT *, sum(isFirst) OVER (
                PARTITION BY sessionKey ORDER BY createdAt, receivedAt, eventId
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS number
            FROM in_window
        ),
        cut AS
        (
            SELECT
                sessionKey,
                number,
                min(createdAt) AS startedAt,
                max(createdAt) AS endedAt,
                any(sessionId) AS givenId,
                argMinIf(profileId, place, profileId != '') AS person,
                count() AS eventCount,
                countIf(isScreenView) AS viewCount,
                countIf(isInteractive) AS interactiveCount,
                argMinIf(path, place, isScreenView) AS entry,
                argMaxIf(path, place, isScreenView) AS exit,
                sum(revenue) AS total,
                -- Source, place and device are those of the first event; ties go by arrival, then by id.
                argMin(
                    (
                        deviceId, origin, referrer, referrerName, referrerType, channel,
                        utmSource, utmMedium, utmCampaign, utmTerm, utmContent, country, region, city,
                        browser, browserVersion, os, osVersion, device, brand, model
                    ),
                    place
                ) AS first
            FROM numbered
            GROUP BY sessionKey, number
        )
    SELECT
        {project:String},
        sessionKey,
        startedAt,
        endedAt,
        if(givenId != '', givenId, leftPad(lower(hex(xxHash64(concat(
            {project:String}, '|', first.1, '|', toString(toUnixTimestamp64Milli(startedAt))
        )))), 16, '0')),
        person,
        xxHash64(if(person != '', concat('p', person), concat('d', first.1))),
        (toUnixTimestamp64Milli(endedAt) - toUnixTimestamp64Milli(startedAt)) / 1000,
        eventCount,
        viewCount,
        interactiveCount,
        viewCount < 2 AND interactiveCount = 0,
        entry,
        exit,
        total,
        {version:UInt64},
        first.1, first.2, first.3, first.4, first.5, first.6, first.7, first.8, first.9, first.10, first.11,
        first.12, first.13, first.14, first.15, first.16, first.17, first.18, first.19, first.20, first.21
    FROM cut
"""
