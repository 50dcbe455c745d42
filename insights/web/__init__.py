"""The questions of web analytics."""
