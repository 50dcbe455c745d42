"""Several series over time, and what can be reckoned with them."""
