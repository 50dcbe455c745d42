-- Where the sessions of a lane are, over all time: `sessions` is sorted by day and could tell only by reading all of it.
-- A row a session and version, small enough that few rows are read for each lane that is looked up.
CREATE TABLE IF NOT EXISTS session_lanes
(
    projectId LowCardinality(String),
    sessionKey UInt64,
    startedAt DateTime64(3, 'UTC') CODEC(T64, LZ4),
    endedAt DateTime64(3, 'UTC') CODEC(T64, LZ4),
    -- A client's own session, which no pause ends.
    isOwn UInt8,
    version UInt64,
    isDeleted UInt8
)
ENGINE = ReplacingMergeTree(version, isDeleted)
ORDER BY (projectId, sessionKey, startedAt)
SETTINGS index_granularity = 512, default_compression_codec = 'LZ4';

CREATE MATERIALIZED VIEW IF NOT EXISTS session_lanes_of_sessions TO session_lanes AS
SELECT
    projectId,
    sessionKey,
    startedAt,
    endedAt,
    xxHash64(concat('s', sessionId)) = sessionKey AS isOwn,
    version,
    isDeleted
FROM sessions;

INSERT INTO session_lanes (projectId, sessionKey, startedAt, endedAt, isOwn, version, isDeleted)
SELECT projectId, sessionKey, startedAt, endedAt, xxHash64(concat('s', sessionId)) = sessionKey, version, isDeleted
FROM sessions;
