-- What an erasure works off: the keys, ids and lanes of the persons who are to be forgotten. A partition goes as soon
-- as its batch is done, for it names those persons itself.
CREATE TABLE IF NOT EXISTS erasing
(
    batch UInt64,
    erasure UInt64,
    kind Enum8('profile' = 1, 'device' = 2, 'lane' = 3),
    key UInt64,
    id String
)
ENGINE = MergeTree
PARTITION BY batch
ORDER BY (kind, key, erasure);
