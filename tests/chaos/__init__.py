"""Load, kills and an exact count: what was answered 200 is stored once, and nothing else is."""
