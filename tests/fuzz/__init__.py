"""Whatever is sent, the answer is one of ours, comes soon, and the counts stay exact."""
