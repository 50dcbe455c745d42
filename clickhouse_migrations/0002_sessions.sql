-- One row a session, written by the rollup. A session that late events change is written again with a higher
-- version; one that they join to another is marked deleted. Read with FINAL.
CREATE TABLE IF NOT EXISTS sessions
(
    projectId LowCardinality(String),
    sessionKey UInt64,
    startedAt DateTime64(3, 'UTC') CODEC(T64, LZ4),
    endedAt DateTime64(3, 'UTC') CODEC(T64, LZ4),
    sessionId String CODEC(ZSTD(1)),
    deviceId String CODEC(ZSTD(1)),
    profileId String CODEC(ZSTD(1)),
    personKey UInt64,
    duration Float64,
    events UInt32,
    screenViews UInt32,
    interactiveEvents UInt32,
    isBounce UInt8,
    entryPath String,
    exitPath String,
    entryOrigin String CODEC(ZSTD(1)),
    referrer String CODEC(ZSTD(1)),
    referrerName LowCardinality(String),
    referrerType LowCardinality(String),
    channel LowCardinality(String),
    utmSource LowCardinality(String),
    utmMedium LowCardinality(String),
    utmCampaign LowCardinality(String),
    utmTerm LowCardinality(String),
    utmContent LowCardinality(String),
    country LowCardinality(String),
    region LowCardinality(String),
    city LowCardinality(String),
    browser LowCardinality(String),
    browserVersion LowCardinality(String),
    os LowCardinality(String),
    osVersion LowCardinality(String),
    device LowCardinality(String),
    brand LowCardinality(String),
    model LowCardinality(String),
    revenue Decimal(18, 4),
    version UInt64,
    isDeleted UInt8 DEFAULT 0,
    -- The rollup looks sessions up by lane over all time.
    INDEX lane sessionKey TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, isDeleted)
PARTITION BY toYYYYMM(startedAt)
PRIMARY KEY (projectId, toDate(startedAt), sessionKey)
ORDER BY (projectId, toDate(startedAt), sessionKey, startedAt)
SETTINGS default_compression_codec = 'LZ4';
