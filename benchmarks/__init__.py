"""Programs that measure the product; each prints a table and says how it was made."""
