"""Wait for something outside this process that cannot announce itself."""

import time
from collections.abc import Callable


def until(condition: Callable[[], bool], seconds: float, *, step: float = 0.1) -> bool:
    """Ask `condition` again and again; true as soon as it holds, false once the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(step)
    return True
