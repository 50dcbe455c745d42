"""What questions cost beside many events, and beside what others would ask of the same events."""
