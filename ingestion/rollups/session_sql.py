"""The SQL of the session rollup, as it runs; ingestion/rollups/sessions.py says when and why.

The lanes travel as rows of temporary tables: as parameters of a statement, ten times more would be spent on reading
their text than on all the rest.
"""

TOUCHED = "CREATE OR REPLACE TEMPORARY TABLE touched_lanes (lane UInt64, low Int64, high Int64)"

WINDOWS = "CREATE OR REPLACE TEMPORARY TABLE lane_windows (lane UInt64, low Int64, high Int64, newest UInt64)"

# A lane's new events and every stored session that they may have changed. A client's own session has no pause that
# ends it, but then it is the lane's only one.
FIND_WINDOWS = """
    INSERT INTO lane_windows
    SELECT lane, min(first), max(last), max(version)
    FROM
    (
        SELECT lane, low AS first, high AS last, 0 AS version
        FROM touched_lanes
        UNION ALL
        SELECT lane, started, ended, newest
        FROM
        (
            SELECT
                sessionKey,
                toUnixTimestamp64Milli(startedAt) AS started,
                toUnixTimestamp64Milli(argMax(endedAt, version)) AS ended,
                argMax(isOwn, version) AS own,
                max(version) AS newest
            FROM session_lanes
            WHERE projectId = {project:String} AND sessionKey IN (SELECT lane FROM touched_lanes)
            GROUP BY sessionKey, startedAt
            HAVING argMax(isDeleted, version) = 0
        ) AS stored
        INNER JOIN touched_lanes ON touched_lanes.lane = stored.sessionKey
        WHERE own OR (ended >= low - {timeout:Int64} AND started <= high + {timeout:Int64})
    )
    GROUP BY lane
"""

NEWEST = "SELECT max(newest) AS newest FROM lane_windows"

# The days that windows reach into: all that is read of a table that is sorted by day.
DAYS = """
    SELECT DISTINCT arrayJoin(range(first, last + 1))
    FROM
    (
        SELECT
            toUInt16(toDate(fromUnixTimestamp64Milli(low, 'UTC'))) AS first,
            max(toUInt16(toDate(fromUnixTimestamp64Milli(high, 'UTC')))) AS last
        FROM lane_windows
        GROUP BY first
    )
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
        -- Few and narrow columns say where sessions begin, so that the wide ones need no sorting.
        times AS
        (
            SELECT
                sessionKey,
                any(sessionId != '') AS own,
                any(high) AS last,
                arraySort(groupArray(toUnixTimestamp64Milli(createdAt))) AS moments
            FROM events
            INNER JOIN lane_windows ON lane_windows.lane = events.sessionKey
            WHERE projectId = {project:String}
              AND toDate(createdAt) IN ($days)
              AND sessionKey IN (SELECT lane FROM lane_windows)
              AND toUnixTimestamp64Milli(createdAt) BETWEEN low AND high
            GROUP BY sessionKey
        ),
        starts AS
        (
            SELECT
                sessionKey AS lane,
                last,
                arrayJoin(arrayFilter(
                    (moment, pause, number) -> number = 1 OR (NOT own AND pause > {timeout:Int64}),
                    moments,
                    arrayDifference(moments),
                    arrayEnumerate(moments)
                )) AS start
            FROM times
        ),
        numbered AS
        (
            SELECT events.*, start, (createdAt, receivedAt, eventId) AS place
            FROM events
            ASOF INNER JOIN starts
                ON starts.lane = events.sessionKey AND toUnixTimestamp64Milli(events.createdAt) >= starts.start
            WHERE projectId = {project:String}
              AND toDate(createdAt) IN ($days)
              AND sessionKey IN (SELECT lane FROM lane_windows)
              AND toUnixTimestamp64Milli(createdAt) <= last
        ),
        cut AS
        (
            SELECT
                sessionKey,
                start,
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
            GROUP BY sessionKey, start
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

# What was a session's start before and, by the events, no longer is. It asks the sessions themselves: a rollup that
# died may have stored some that session_lanes does not know yet.
BURY = """
    INSERT INTO sessions (projectId, sessionKey, startedAt, endedAt, version, isDeleted)
    SELECT {project:String}, lane, startedAt, ended, {version:UInt64}, 1
    FROM
    (
        SELECT sessionKey, startedAt, argMax(endedAt, version) AS ended
        FROM sessions
        WHERE projectId = {project:String}
          AND toDate(startedAt) IN ($days)
          AND sessionKey IN (SELECT lane FROM lane_windows)
        GROUP BY sessionKey, startedAt
        HAVING max(version) < {version:UInt64} AND argMax(isDeleted, version) = 0
    ) AS stored
    INNER JOIN lane_windows ON lane_windows.lane = stored.sessionKey
    WHERE toUnixTimestamp64Milli(startedAt) BETWEEN low AND high
"""

# Where sessions begin that were written just now, or that an earlier try has buried.
CHANGED = """
    SELECT
        min(toUnixTimestamp64Milli(startedAt)) AS low,
        max(toUnixTimestamp64Milli(startedAt)) AS high
    FROM sessions
    WHERE projectId = {project:String}
      AND toDate(startedAt) IN ($days)
      AND sessionKey IN (SELECT lane FROM lane_windows)
      AND (version = {version:UInt64} OR isDeleted = 1)
    GROUP BY intDiv(toUnixTimestamp64Milli(startedAt), 900000)
"""
