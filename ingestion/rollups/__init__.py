"""What follows from stored events: sessions, who is who, and what persons are like."""
