"""Accept events and store them."""
