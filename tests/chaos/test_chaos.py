"""The short form of `make chaos`: every part is killed under load, and the count is exact."""

from pathlib import Path

from tests.chaos.battle import battle
from tests.chaos.plan import CHILDREN, PARTS, SHORT

SEED = 4


def test_every_200_is_counted_once_and_nothing_else_though_every_part_is_killed(tmp_path: Path) -> None:
    said: list[str] = []

    report = battle(SEED, SHORT, tmp_path, said.append)

    assert report.wrong == [], "\n".join(
        [*said, report.text(), f"Repeat: make chaos CHAOS_FORM=short CHAOS_SEEDS={SEED}"]
    )
    assert set(report.kills) >= {*PARTS, *CHILDREN}
    assert report.compared["events"] > 100
    assert report.compared["sessions"] > 10
    assert report.compared["profiles"] > 1
