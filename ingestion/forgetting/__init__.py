"""What must not be kept any more: persons, deleted projects, and what is too old."""
