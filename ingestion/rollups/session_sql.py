"""The SQL of the session rollup, as it runs; ingestion/rollups/sessions.py says when and why.

The lanes, of one project or of many small ones, travel as rows of temporary tables: as parameters of a statement, ten
times more would be spent on reading their text than on all the rest. A lane is a project's: two projects may name a
device alike. So each has a number, which is grouped by; projects and keys, each for themselves, say what is read.
"""

TOUCHED = """
    CREATE OR REPLACE TEMPORARY TABLE touched_lanes
    (number UInt32, project LowCardinality(String), lane UInt64, low Int64, high Int64, timeout Int64)
"""

WINDOWS = """
    CREATE OR REPLACE TEMPORARY TABLE lane_windows
    (
        number UInt32, project LowCardinality(String), lane UInt64, low Int64, high Int64, timeout Int64,
        newest UInt64
    )
"""

# A lane's new events and every stored session that they may have changed. A client's own session has no pause that
# ends it, but then it is the lane's only one.
FIND_WINDOWS = """
    INSERT INTO lane_windows
    SELECT number, any(project), any(lane), min(first), max(last), any(timeout), max(version)
    FROM
    (
        SELECT number, project, lane, low AS first, high AS last, timeout, 0 AS version
        FROM touched_lanes
        UNION ALL
        SELECT number, project, lane, started, ended, timeout, newest
        FROM
        (
            SELECT
                number,
                any(touched_lanes.project) AS project,
                any(touched_lanes.lane) AS lane,
                any(touched_lanes.low) AS low,
                any(touched_lanes.high) AS high,
                any(touched_lanes.timeout) AS timeout,
                toUnixTimestamp64Milli(startedAt) AS started,
                toUnixTimestamp64Milli(argMax(endedAt, version)) AS ended,
                argMax(isOwn, version) AS own,
                max(version) AS newest
            FROM session_lanes
            INNER JOIN touched_lanes
                ON touched_lanes.lane = session_lanes.sessionKey AND touched_lanes.project = session_lanes.projectId
            WHERE projectId IN {projects:Array(String)} AND sessionKey IN (SELECT lane FROM touched_lanes)
            GROUP BY number, startedAt
            HAVING argMax(isDeleted, version) = 0
        )
        WHERE own OR (ended >= low - timeout AND started <= high + timeout)
    )
    GROUP BY number
"""

NEWEST = "SELECT max(newest) AS newest FROM lane_windows"

# The days that each project's windows reach into: all that is read of a table that is sorted by project and day.
DAYS = """
    SELECT DISTINCT project, toDate(arrayJoin(range(first, last + 1)))
    FROM
    (
        SELECT
            project,
            toUInt16(toDate(fromUnixTimestamp64Milli(low, 'UTC'))) AS first,
            max(toUInt16(toDate(fromUnixTimestamp64Milli(high, 'UTC')))) AS last
        FROM lane_windows
        GROUP BY project, first
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
                number,
                any(lane_windows.project) AS project,
                any(lane_windows.lane) AS lane,
                any(sessionId != '') AS own,
                any(high) AS last,
                any(timeout) AS longest,
                arraySort(groupArray(toUnixTimestamp64Milli(createdAt))) AS moments
            FROM events
            INNER JOIN lane_windows
                ON lane_windows.lane = events.sessionKey AND lane_windows.project = events.projectId
            WHERE projectId IN {projects:Array(String)}
              AND (projectId, toDate(createdAt)) IN ($days)
              AND sessionKey IN (SELECT lane FROM lane_windows)
              AND toUnixTimestamp64Milli(createdAt) BETWEEN low AND high
            GROUP BY number
        ),
        starts AS
        (
            SELECT
                number,
                project,
                lane,
                last,
                arrayJoin(arrayFilter(
                    (moment, pause, number) -> number = 1 OR (NOT own AND pause > longest),
                    moments,
                    arrayDifference(moments),
                    arrayEnumerate(moments)
                )) AS start
            FROM times
        ),
        numbered AS
        (
            SELECT events.*, number, start, (createdAt, receivedAt, eventId) AS place
            FROM events
            ASOF INNER JOIN starts
                ON starts.lane = events.sessionKey
                AND starts.project = events.projectId
                AND toUnixTimestamp64Milli(events.createdAt) >= starts.start
            WHERE projectId IN {projects:Array(String)}
              AND (projectId, toDate(createdAt)) IN ($days)
              AND sessionKey IN (SELECT lane FROM lane_windows)
              AND toUnixTimestamp64Milli(createdAt) <= last
        ),
        cut AS
        (
            SELECT
                any(projectId) AS project,
                any(sessionKey) AS lane,
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
            GROUP BY number, start
        )
    SELECT
        project,
        lane,
        startedAt,
        endedAt,
        if(givenId != '', givenId, leftPad(lower(hex(xxHash64(concat(
            project, '|', first.1, '|', toString(toUnixTimestamp64Milli(startedAt))
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
    SELECT project, lane, startedAt, ended, {version:UInt64}, 1
    FROM
    (
        SELECT
            any(lane_windows.project) AS project,
            any(lane_windows.lane) AS lane,
            any(lane_windows.low) AS low,
            any(lane_windows.high) AS high,
            startedAt,
            argMax(endedAt, version) AS ended
        FROM sessions
        INNER JOIN lane_windows
            ON lane_windows.lane = sessions.sessionKey AND lane_windows.project = sessions.projectId
        WHERE projectId IN {projects:Array(String)}
          AND (projectId, toDate(startedAt)) IN ($days)
          AND sessionKey IN (SELECT lane FROM lane_windows)
        GROUP BY number, startedAt
        HAVING max(version) < {version:UInt64} AND argMax(isDeleted, version) = 0
    )
    WHERE toUnixTimestamp64Milli(startedAt) BETWEEN low AND high
"""

# Where sessions begin that were written just now, or that an earlier try has buried.
CHANGED = """
    SELECT
        projectId AS project,
        min(toUnixTimestamp64Milli(startedAt)) AS low,
        max(toUnixTimestamp64Milli(startedAt)) AS high
    FROM sessions
    WHERE projectId IN {projects:Array(String)}
      AND (projectId, toDate(startedAt)) IN ($days)
      AND sessionKey IN (SELECT lane FROM lane_windows)
      AND (version = {version:UInt64} OR isDeleted = 1)
    GROUP BY project, intDiv(toUnixTimestamp64Milli(startedAt), 900000)
"""
