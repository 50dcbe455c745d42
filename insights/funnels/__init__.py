"""Who takes which steps, and where they are lost."""
