"""Who comes back, and how often."""
