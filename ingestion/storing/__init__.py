"""From the log into ClickHouse, each event once."""
