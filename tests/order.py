"""In which order the workers take the tests: files that wait for processes in turn with files that compute.

pytest-xdist would begin with the files of many tests. A file of one long test was then begun when nothing else was
left, and the other workers waited for its end. And where all workers wait at once, no processor has anything to do.
"""

from itertools import zip_longest
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# They run whole products, which start and wait; long ones first. What shares a product stays with one worker.
WAITING = (
    "tests/chaos/test_chaos.py",
    "tests/ingestion/forgetting/test_erasure_deaths.py",
    "tests/sdks/",
    "tests/embedded/test_run_product.py",
    "tests/e2e/test_guarded.py",
    "tests/e2e/",
    "tests/insights/raw/test_export_memory.py",
    "tests/fuzz/",
    "tests/apidocs/test_examples.py",
    "tests/embedded/",
    "tests/deploy/",
    "tests/clickhouse/",
)
COMPUTING = ("tests/insights/", "tests/apidocs/", "tests/ingestion/forgetting/", "tests/ingestion/rollups/")
TOGETHER = ("tests/sdks/", "tests/e2e/test_k", "tests/e2e/test_w")


def rank(scope: str, starts: tuple[str, ...]) -> int:
    return next((place for place, start in enumerate(starts) if scope.startswith(start)), len(starts))


def scope_of(nodeid: str) -> str:
    """What one worker takes as a whole: a file, or the files that share a product."""
    shared = next((start for start in TOGETHER if nodeid.startswith(start)), None)
    return shared[: shared.rindex("/") + 1] if shared else nodeid.partition("::")[0]


def in_turn(scopes: list[str]) -> list[str]:
    waiting = sorted((one for one in scopes if one.startswith(WAITING)), key=lambda one: rank(one, WAITING))
    computing = sorted((one for one in scopes if not one.startswith(WAITING)), key=lambda one: rank(one, COMPUTING))
    return [one for pair in zip_longest(waiting, computing) for one in pair if one]


class Scopes(LoadFileScheduling):
    """A scope at a time, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    scopes = in_turn(list(dict.fromkeys(scope_of(item.nodeid) for item in items)))
    places = {scope: place for place, scope in enumerate(scopes)}
    items.sort(key=lambda item: places[scope_of(item.nodeid)])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scopes | None:
    if config.getvalue("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return Scopes(config, log)
