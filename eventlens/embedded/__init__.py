"""The single-machine default: a ClickHouse and a Redis that need no installation."""
