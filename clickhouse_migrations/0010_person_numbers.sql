-- A small number for each key that was seen on a day that is summed up, so that whoever was there on a day fits into a
-- bitmap. Numbers of a project are dense from 1 on beside the key's upper four bits, which are theirs as well.
CREATE TABLE IF NOT EXISTS person_numbers
(
    projectId LowCardinality(String),
    number UInt32 CODEC(NONE),
    key UInt64 CODEC(NONE)
)
ENGINE = MergeTree
ORDER BY (projectId, number);

-- The same keys as in `people`. What was summed up before this column was there has none of them.
ALTER TABLE day_people ADD COLUMN IF NOT EXISTS numbers AggregateFunction(groupBitmap, UInt32) CODEC(NONE);
-- None of these is given out again while the row is there.
ALTER TABLE day_people ADD COLUMN IF NOT EXISTS highest UInt32;
