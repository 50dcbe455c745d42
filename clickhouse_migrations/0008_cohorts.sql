-- Saved sets of persons. Each time a set is worked out is a generation of its own, which counts once it stands in
-- cohort_generations, all at once; earlier ones are deleted later.
CREATE TABLE IF NOT EXISTS cohort_members
(
    projectId LowCardinality(String),
    cohortId String,
    generation UInt64,
    -- Who it was then: whom the key stands for now is worked out by each question.
    personKey UInt64
)
ENGINE = MergeTree
ORDER BY (projectId, cohortId, generation, personKey);

CREATE TABLE IF NOT EXISTS cohort_generations
(
    projectId LowCardinality(String),
    cohortId String,
    generation UInt64
)
ENGINE = MergeTree
ORDER BY (projectId, cohortId, generation);
