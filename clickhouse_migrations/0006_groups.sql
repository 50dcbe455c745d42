-- Of which groups an event is, as its sender said with it: a person may be of several, and do this for one of them.
ALTER TABLE events ADD COLUMN IF NOT EXISTS groups Array(String) CODEC(ZSTD(1));

ALTER TABLE bot_events ADD COLUMN IF NOT EXISTS groups Array(String) CODEC(ZSTD(1));
