"""What questions are asked in: ranges, filters, dimensions, metrics, and how a request gives them."""
