"""What waits in Redis between the door and the tables, and the scripts that move it."""
