"""In which order the workers take the tests: first those that wait for processes, last those that only compute.

pytest-xdist would begin with the files of many tests. A file of one long test was then begun when nothing else was
left, and the other workers waited for its end.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# They run whole products, which start and wait; long ones first. What shares a product stays with one worker.
FIRST = (
    "tests/chaos/",
    "tests/ingestion/forgetting/test_erasure_deaths.py",
    "tests/sdks/",
    "tests/e2e/test_guarded.py",
    "tests/e2e/",
    "tests/embedded/",
    "tests/fuzz/",
    "tests/deploy/",
    "tests/apidocs/",
    "tests/insights/",
)
TOGETHER = ("tests/sdks/", "tests/e2e/test_k", "tests/e2e/test_w")


def rank(nodeid: str) -> int:
    return next((place for place, start in enumerate(FIRST) if nodeid.startswith(start)), len(FIRST))


class Files(LoadFileScheduling):
    """A file at a time, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        shared = next((start for start in TOGETHER if nodeid.startswith(start)), None)
        return shared[: shared.rindex("/")] if shared else super()._split_scope(nodeid)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Files | None:
    if config.getvalue("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return Files(config, log)
