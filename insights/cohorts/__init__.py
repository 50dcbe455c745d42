"""Saved sets of persons."""
