"""How fast one worker stores what waits in the log, and how soon it can be seen: `python -m benchmarks.drain`."""
