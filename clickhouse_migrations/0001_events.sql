-- Events as they happened, one row each, people's apart from bots'. docs/decisions/0001-events-table.md tells why so.
-- The window of insert tokens is what makes a worker's repeated insert harmless. The primary key ends before createdAt:
-- with it, a range of time would be looked up by createdAt alone and no longer by its day, and read twice the rows.
CREATE TABLE IF NOT EXISTS events
(
    projectId LowCardinality(String),
    name LowCardinality(String),
    createdAt DateTime64(3, 'UTC') CODEC(T64, LZ4),
    receivedAt DateTime64(3, 'UTC') CODEC(T64, ZSTD(1)),
    eventId String CODEC(ZSTD(1)),
    deviceId String CODEC(ZSTD(1)),
    profileId String CODEC(ZSTD(1)),
    sessionId String CODEC(ZSTD(1)),
    -- Who: the visitor that every question counts.
    personKey UInt64 DEFAULT xxHash64(if(profileId != '', concat('p', profileId), concat('d', deviceId))),
    -- In which lane sessions are cut: the client's session, else the device's events by time.
    sessionKey UInt64 DEFAULT xxHash64(if(sessionId != '', concat('s', sessionId), concat('d', deviceId))),
    isScreenView UInt8,
    isInteractive UInt8,
    path String,
    origin String CODEC(ZSTD(1)),
    query String CODEC(ZSTD(1)),
    title String CODEC(ZSTD(1)),
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
    -- Only where the project keeps it, whole or truncated.
    address String CODEC(ZSTD(1)),
    browser LowCardinality(String),
    browserVersion LowCardinality(String),
    os LowCardinality(String),
    osVersion LowCardinality(String),
    device LowCardinality(String),
    brand LowCardinality(String),
    model LowCardinality(String),
    revenue Decimal(18, 4),
    currency LowCardinality(String),
    sdkName LowCardinality(String),
    sdkVersion LowCardinality(String),
    properties Map(LowCardinality(String), String),
    numbers Map(LowCardinality(String), Float64),
    -- One person's events over all time: a sixth of the rows, for 0.7 % of the space.
    INDEX person personKey TYPE bloom_filter GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(createdAt)
PRIMARY KEY (projectId, toDate(createdAt), name, personKey)
ORDER BY (projectId, toDate(createdAt), name, personKey, createdAt)
SETTINGS
    -- Left unsaid, large parts would be written with ZSTD(3), which takes longer to read.
    default_compression_codec = 'LZ4',
    -- Each partition of an insert counts for one.
    non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS bot_events AS events;
