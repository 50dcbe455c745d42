"""How many generated cases a test tries. GENERATED_TIMES says how many times as many; `make oracles` says 20."""

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("GENERATED_TIMES", "1"))
# Each case asks real stores, so deadlines say nothing and one test's fixtures serve all of its cases.
SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck))


def cases(number: int) -> settings:
    """So many of them, others each time. A case costs its statements: better let it tell much than try many."""
    return settings(SETTINGS, max_examples=number * TIMES)
