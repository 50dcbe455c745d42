"""OpenPanel's tables and questions: ids are text, time stands in front, sessions are counted by their signs."""

from benchmarks.insights.peer import END, LAST_30, LAST_90, SETTINGS, Peer
from benchmarks.insights.rows import PROJECT

EVENTS = f"""
CREATE TABLE openpanel_events
(
    id String, name LowCardinality(String), device_id String, profile_id String, project_id String, session_id String,
    path String, origin String, referrer String, referrer_name String, referrer_type LowCardinality(String),
    country LowCardinality(String), city String, browser LowCardinality(String), os LowCardinality(String),
    device LowCardinality(String), revenue Float64, properties Map(String, String), created_at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(created_at)
ORDER BY (project_id, toDate(created_at), created_at, name)
{SETTINGS}
"""
EVENTS_FILLED = """
SELECT eventId, name, deviceId, if(profileId != '', profileId, deviceId), projectId, sessionId, path, origin,
    referrer, referrerName, referrerType, country, city, browser, os, device, revenue, properties, createdAt
FROM events
"""
SESSIONS = f"""
CREATE TABLE openpanel_sessions
(
    id String, project_id String, profile_id String, device_id String, created_at DateTime64(3, 'UTC'),
    ended_at DateTime64(3, 'UTC'), is_bounce Bool, duration UInt32, event_count Int32, screen_view_count Int32,
    revenue Float64, country LowCardinality(String), sign Int8, version UInt64
)
ENGINE = VersionedCollapsingMergeTree(sign, version)
PARTITION BY toYYYYMM(created_at)
ORDER BY (project_id, toDate(created_at), created_at)
{SETTINGS}
"""
SESSIONS_FILLED = """
SELECT sessionId, projectId, if(profileId != '', profileId, deviceId), deviceId, startedAt, endedAt, isBounce,
    duration * 1000, events, screenViews, revenue, country, 1, 1
FROM sessions
"""
DAYS = """
CREATE TABLE openpanel_days (project_id String, date Date, profile_id String)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(date)
ORDER BY (project_id, date, profile_id)
"""
DAYS_FILLED = """
SELECT projectId, toDate(createdAt), if(profileId != '', profileId, deviceId) AS id
FROM events
GROUP BY projectId, toDate(createdAt), id
"""

OVERVIEW = f"""
SELECT
    $by
    sum(sign) AS sessions,
    uniqIf(profile_id, sign > 0) AS visitors,
    sum(sign * screen_view_count) AS views,
    sum(sign * event_count) AS events,
    sum(sign * is_bounce) / sum(sign) AS bounce,
    avgIf(duration, duration > 0 AND sign > 0) AS length,
    sum(sign * revenue) AS money
FROM openpanel_sessions
WHERE project_id = '{PROJECT}' AND created_at >= {LAST_90} AND created_at < {END}
"""

OPENPANEL = Peer(
    "OpenPanel",
    {
        "openpanel_events": (EVENTS, EVENTS_FILLED),
        "openpanel_sessions": (SESSIONS, SESSIONS_FILLED),
        "openpanel_days": (DAYS, DAYS_FILLED),
    },
    {
        "overview": (
            OVERVIEW.replace("$by", ""),
            OVERVIEW.replace("$by", "toDate(created_at) AS day,") + "GROUP BY day ORDER BY day",
        ),
        "countries": (
            f"""
            SELECT country, count() AS count, uniq(profile_id) AS visitors
            FROM openpanel_events
            WHERE project_id = '{PROJECT}' AND created_at >= {LAST_30} AND created_at < {END}
            GROUP BY country
            ORDER BY count DESC
            LIMIT 100
            """,
        ),
        "funnel of 3 steps": (
            f"""
            SELECT level, count()
            FROM (
                SELECT
                    profile_id,
                    windowFunnel(1209600000, 'strict_increase')(
                        toUInt64(toUnixTimestamp64Milli(created_at)),
                        name = 'page_view',
                        name = 'signup',
                        name = 'buy'
                    ) AS level
                FROM openpanel_events
                WHERE project_id = '{PROJECT}' AND created_at >= {LAST_30} AND created_at < {END}
                    AND name IN ('page_view', 'signup', 'buy')
                GROUP BY profile_id
            )
            WHERE level > 0
            GROUP BY level
            """,
        ),
        "weekly retention": (
            f"""
            WITH
                active AS (
                    SELECT DISTINCT profile_id, toMonday(date) AS week
                    FROM openpanel_days
                    WHERE project_id = '{PROJECT}' AND date >= toDate({LAST_90}) AND date < toDate({END})
                ),
                joined AS (SELECT profile_id, min(week) AS cohort FROM active GROUP BY profile_id)
            SELECT cohort, dateDiff('week', cohort, week) AS number, count() AS people
            FROM active
            INNER JOIN joined USING (profile_id)
            GROUP BY cohort, number
            """,
        ),
    },
)
