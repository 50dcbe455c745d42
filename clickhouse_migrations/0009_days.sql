-- Days that are over, summed up. Each time a day is summed up its rows have a generation of their own; which of them
-- count is known to Redis, and others are deleted later. `startsAt` is the day's beginning in its project's time zone.
CREATE TABLE IF NOT EXISTS day_numbers
(
    projectId LowCardinality(String),
    startsAt DateTime64(3, 'UTC'),
    generation UInt64,
    -- How many keys the day has in day_people.
    keys UInt64,
    events UInt64,
    screenViews UInt64,
    revenue Decimal(38, 4),
    sessions UInt64,
    sessionMs Int64,
    bounces UInt64,
    sessionViews UInt64
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(startsAt)
ORDER BY (projectId, startsAt, generation);

-- Who had an event on that day: the keys that the events carry, as whom they stand for is worked out by each question.
-- In lists, so that what tells the days apart is read once a list; by the keys' upper four bits, so that few keys at a
-- time are compared with each other.
CREATE TABLE IF NOT EXISTS day_people
(
    projectId LowCardinality(String),
    shard UInt8,
    startsAt DateTime64(3, 'UTC'),
    generation UInt64,
    people Array(UInt64) CODEC(NONE)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(startsAt)
ORDER BY (projectId, shard, startsAt, generation)
SETTINGS index_granularity_bytes = 1048576;
