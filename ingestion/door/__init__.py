"""Letting events in: device, session and repeats in one atomic step, and then they are safe."""
