"""Plausible's tables and questions: ids are numbers, sessions are counted by their signs; who returns is not told."""

from benchmarks.insights.peer import END, LAST_30, LAST_90, SETTINGS, Peer
from benchmarks.insights.rows import PROJECT

EVENTS = f"""
CREATE TABLE plausible_events
(
    site_id UInt64, name LowCardinality(String), timestamp DateTime('UTC'), user_id UInt64, session_id UInt64,
    hostname String, pathname String, referrer String, referrer_source String, country_code LowCardinality(String),
    city String, browser LowCardinality(String), operating_system LowCardinality(String),
    screen_size LowCardinality(String), revenue Decimal(18, 4), `meta.key` Array(String), `meta.value` Array(String)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (site_id, toDate(timestamp), name, user_id, timestamp)
SAMPLE BY user_id
{SETTINGS}
"""
EVENTS_FILLED = """
SELECT xxHash64(projectId), if(name = 'page_view', 'pageview', name), createdAt, personKey, sessionKey, origin, path,
    referrer, referrerName, country, city, browser, os, device, revenue, mapKeys(properties), mapValues(properties)
FROM events
"""
SESSIONS = f"""
CREATE TABLE plausible_sessions
(
    site_id UInt64, user_id UInt64, session_id UInt64, start DateTime('UTC'), timestamp DateTime('UTC'),
    is_bounce UInt8, duration UInt32, events Int32, pageviews Int32, entry_page String, exit_page String,
    country_code LowCardinality(String), sign Int8
)
ENGINE = VersionedCollapsingMergeTree(sign, events)
PARTITION BY toYYYYMM(start)
ORDER BY (site_id, toDate(start), user_id, session_id)
SAMPLE BY user_id
{SETTINGS}
"""
SESSIONS_FILLED = """
SELECT xxHash64(projectId), personKey, sessionKey, startedAt, endedAt, isBounce, duration, events, screenViews,
    entryPath, exitPath, country, 1
FROM sessions
"""

SITE = f"site_id = xxHash64('{PROJECT}')"
HAPPENED = f"""
SELECT $event_day uniq(user_id) AS visitors, countIf(name = 'pageview') AS pageviews, count() AS events, sum(revenue)
FROM plausible_events
WHERE {SITE} AND timestamp >= {LAST_90} AND timestamp < {END}
"""
VISITED = f"""
SELECT
    $visit_day
    sum(sign) AS visits,
    sum(is_bounce * sign) / sum(sign) AS bounce,
    sum(duration * sign) / sum(sign) AS length,
    sum(pageviews * sign) / sum(sign) AS views
FROM plausible_sessions
WHERE {SITE} AND start >= {LAST_90} - INTERVAL 7 DAY AND timestamp >= {LAST_90} AND start < {END}
"""

PLAUSIBLE = Peer(
    "Plausible",
    {
        "plausible_events": (EVENTS, EVENTS_FILLED),
        "plausible_sessions": (SESSIONS, SESSIONS_FILLED),
    },
    {
        "overview": (
            HAPPENED.replace("$event_day", ""),
            VISITED.replace("$visit_day", ""),
            HAPPENED.replace("$event_day", "toDate(timestamp) AS day,") + "GROUP BY day ORDER BY day",
            VISITED.replace("$visit_day", "toDate(start) AS day,") + "GROUP BY day ORDER BY day",
        ),
        "countries": (
            f"""
            SELECT country_code, count() AS count, uniq(user_id) AS visitors
            FROM plausible_events
            WHERE {SITE} AND timestamp >= {LAST_30} AND timestamp < {END}
            GROUP BY country_code
            ORDER BY count DESC
            LIMIT 100
            """,
        ),
        "funnel of 3 steps": (
            f"""
            SELECT level, count()
            FROM (
                SELECT
                    user_id,
                    windowFunnel(86400)(timestamp, name = 'pageview', name = 'signup', name = 'buy') AS level
                FROM plausible_events
                WHERE {SITE} AND timestamp >= {LAST_30} AND timestamp < {END}
                    AND name IN ('pageview', 'signup', 'buy')
                GROUP BY user_id
            )
            WHERE level > 0
            GROUP BY level
            """,
        ),
    },
)
