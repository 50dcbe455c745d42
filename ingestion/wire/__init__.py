"""What clients send: read, checked, and made into events that may be let in."""
