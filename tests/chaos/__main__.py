"""The long form: `make chaos`. Seeds one after another until enough parts were killed.

CHAOS_KILLS   kills to reach, 200 if not set
CHAOS_SEEDS   the seeds to run, as 7 or 3,5,8; if not set, 1 and on until the kills are reached
CHAOS_FORM    long, or short as in `make test`
"""

import itertools
import logging
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.battle import Report, battle, listed
from tests.chaos.plan import LONG, SHORT


def main() -> int:
    logging.getLogger("clickhouse_driver").setLevel(logging.CRITICAL)  # the judge asks until it is there
    goal, form = int(os.environ.get("CHAOS_KILLS", "200")), os.environ.get("CHAOS_FORM", "long")
    reports: list[Report] = []
    for seed in seeds(os.environ.get("CHAOS_SEEDS", "")):
        reports.append(run(seed, form))
        say(reports[-1].text())
        killed = sum(report.kills.total() for report in reports)
        say(f"{killed} kills so far, {sum(bool(report.wrong) for report in reports)} of {len(reports)} seeds failed")
        if "CHAOS_SEEDS" not in os.environ and killed >= goal:
            break
    return summary(reports, form)


def seeds(given: str) -> Iterator[int]:
    return (int(word) for word in given.split(",")) if given else itertools.count(1)


def run(seed: int, form: str) -> Report:
    """One seed in a folder of its own, which stays if it fails."""
    folder = Path(tempfile.mkdtemp(prefix=f"el-chaos-{seed}-"))
    try:
        report = battle(seed, SHORT if form == "short" else LONG, folder, say)
    except AssertionError as in_vain:  # a part did not come back
        report = Report(seed, [str(in_vain)])
    if report.wrong:
        say(f"The log and the data of seed {seed} are in {folder}.")
    else:
        shutil.rmtree(folder)
    return report


def summary(reports: list[Report], form: str) -> int:
    failed = [report.seed for report in reports if report.wrong]
    for name in ("kills", "freezes", "answers", "compared"):
        total: Counter[str] = sum((getattr(report, name) for report in reports), Counter())
        say(f"{name} of {len(reports)} seeds: {total.total()}: {listed(total)}")
    if failed:
        say(f"FAILED: seeds {failed}. Repeat: make chaos CHAOS_FORM={form} CHAOS_SEEDS={','.join(map(str, failed))}")
    return int(bool(failed))


def say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
