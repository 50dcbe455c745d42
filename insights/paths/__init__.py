"""Which pages and events follow each other."""
