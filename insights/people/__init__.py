"""Persons: their profiles, and forgetting them."""
