"""A ClickHouse for one machine: the native protocol in front of chDB, so that processes share one data folder."""
