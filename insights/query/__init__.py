"""The one query for all: metrics by dimensions."""
