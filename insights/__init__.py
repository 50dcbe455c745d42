"""Ask questions of what is stored."""
