"""Counters of changes: what a version has once been it never is again."""

import pytest
import redis

from eventlens import changes

NOON = 1_704_888_000_000
LATER = NOON + 7 * changes.DAY_MS


@pytest.mark.parametrize("times", [1, 2])
def test_counters_that_have_run_out_do_not_come_back_to_what_they_were(store: "redis.Redis", times: int) -> None:
    def noted() -> list[str]:
        versions = []
        for _ in range(times):
            changes.note(store, {"shop": [(NOON, NOON)]})
            versions.append(changes.version(store, "shop", LATER)[0])
            changes.note_all(store, ["shop"])
            versions.append(changes.version(store, "shop", LATER)[0])
        return versions

    before = noted()
    store.delete(changes.key_of("shop"))  # as after a day without a note
    after = noted()

    assert len({*before, *after}) == 4 * times
