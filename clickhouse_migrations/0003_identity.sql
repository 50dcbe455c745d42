-- What is known of persons: facts as they were sent, and what the rollups make of them. docs/identity.md has the rules.

-- One row a trait that was set, removed or added to; never changed, and folded in the order of its time.
CREATE TABLE IF NOT EXISTS profile_changes
(
    projectId LowCardinality(String),
    profileId String CODEC(ZSTD(1)),
    key String,
    changedAt DateTime64(3, 'UTC') CODEC(T64, LZ4),
    receivedAt DateTime64(3, 'UTC') CODEC(T64, LZ4),
    eventId String CODEC(ZSTD(1)),
    kind Enum8('set' = 1, 'remove' = 2, 'add' = 3),
    -- The trait as JSON text; empty for what is no `set`.
    value String CODEC(ZSTD(1)),
    -- What is added, or the number that is set; a trait that is no number counts as 0.
    amount Decimal(38, 9)
)
ENGINE = MergeTree
ORDER BY (projectId, profileId, key, changedAt, receivedAt, eventId)
SETTINGS non_replicated_deduplication_window = 10000;

-- Between which times a profile was seen; one row a profile and batch until they are merged.
CREATE TABLE IF NOT EXISTS profile_sightings
(
    projectId LowCardinality(String),
    profileId String CODEC(ZSTD(1)),
    firstSeenAt SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    lastSeenAt SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (projectId, profileId);

-- Who belongs together: a device to a profile, an alias to a profile. The keys are those of events.personKey.
CREATE TABLE IF NOT EXISTS identity_links
(
    projectId LowCardinality(String),
    kind Enum8('device' = 1, 'alias' = 2),
    fromId String CODEC(ZSTD(1)),
    toId String CODEC(ZSTD(1)),
    fromKey UInt64 DEFAULT xxHash64(concat(if(kind = 'device', 'd', 'p'), fromId)),
    toKey UInt64 DEFAULT xxHash64(concat('p', toId)),
    linkedAt SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    INDEX target toKey TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = AggregatingMergeTree
ORDER BY (projectId, kind, fromKey, toKey, fromId, toId)
SETTINGS index_granularity = 1024;

-- Whose events carry which key: a row for each device and each profile that is, or was, somebody else's.
CREATE TABLE IF NOT EXISTS persons
(
    projectId LowCardinality(String),
    key UInt64,
    kind Enum8('device' = 1, 'profile' = 2),
    id String CODEC(ZSTD(1)),
    person UInt64,
    personId String CODEC(ZSTD(1)),
    version UInt64,
    INDEX whose person TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (projectId, key)
SETTINGS index_granularity = 1024;

-- The traits of a person, under the id that stands for it; numbers hold the numeric ones again.
CREATE TABLE IF NOT EXISTS profiles
(
    projectId LowCardinality(String),
    profileId String CODEC(ZSTD(1)),
    personKey UInt64 DEFAULT xxHash64(concat('p', profileId)),
    traits Map(String, String),
    numbers Map(String, Float64),
    version UInt64,
    isDeleted UInt8 DEFAULT 0
)
ENGINE = ReplacingMergeTree(version, isDeleted)
ORDER BY (projectId, profileId);

-- Groups as they were sent: their traits, and who is in them.
CREATE TABLE IF NOT EXISTS group_changes
(
    projectId LowCardinality(String),
    groupId String CODEC(ZSTD(1)),
    key String,
    changedAt DateTime64(3, 'UTC') CODEC(T64, LZ4),
    receivedAt DateTime64(3, 'UTC') CODEC(T64, LZ4),
    eventId String CODEC(ZSTD(1)),
    kind Enum8('set' = 1, 'remove' = 2, 'add' = 3),
    value String CODEC(ZSTD(1)),
    amount Decimal(38, 9)
)
ENGINE = MergeTree
ORDER BY (projectId, groupId, key, changedAt, receivedAt, eventId)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS group_members
(
    projectId LowCardinality(String),
    groupId String,
    personKey UInt64,
    profileId String CODEC(ZSTD(1)),
    deviceId String CODEC(ZSTD(1)),
    joinedAt SimpleAggregateFunction(min, DateTime64(3, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (projectId, groupId, personKey, profileId, deviceId);
