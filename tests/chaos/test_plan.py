"""Plans and stories follow from their seeds, and hold what they promise."""

from itertools import islice

import pytest

from tests.chaos.plan import CHILDREN, LONG, PARTS, SHORT, WHOLE, flush_ms, plan
from tests.chaos.story import story

SEEDS = range(30)


def test_a_seed_names_one_plan_and_one_story() -> None:
    assert plan(7, LONG) == plan(7, LONG) != plan(8, LONG)
    assert [*islice(story(7, 0), 50)] == [*islice(story(7, 0), 50)] != [*islice(story(7, 1), 50)]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_short_form_kills_each_of_the_six_parts(seed: int) -> None:
    faults = plan(seed, SHORT)

    assert {fault.part for fault in faults if fault.act == "kill"} >= {*PARTS, *CHILDREN}
    assert sum(fault.act == "kill" for fault in faults) == 9
    assert sorted(fault.part for fault in faults if fault.act == "freeze") == ["clickhouse", "redis"]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_long_form_kills_all_there_is_and_leaves_frozen_parts_frozen(seed: int) -> None:
    faults = plan(seed, LONG)
    kills = [fault for fault in faults if fault.act == "kill"]
    frozen = [fault for fault in faults if fault.act == "freeze" and fault.part != "worker process"]

    assert {fault.part for fault in kills} == {*PARTS, *CHILDREN, *WHOLE}
    assert len(kills) == 40
    for ice in frozen:
        during = [fault.part for fault in kills if ice.at <= fault.at <= ice.at + ice.seconds]
        assert not {ice.part, *WHOLE} & {*during}


def test_every_other_long_run_stops_clickhouse_for_a_minute() -> None:
    longest = [max(fault.seconds for fault in plan(seed, LONG)) for seed in (1, 2, 3, 4)]

    assert longest == [25, 60, 25, 60]


def test_batches_grow_for_as_long_as_the_seed_says_up_to_what_users_run() -> None:
    found = [flush_ms(seed) for seed in range(1, 31)]

    assert found == [flush_ms(seed) for seed in range(1, 31)]
    assert found.count(0) == 10
    assert (min(found), 250 < max(found) <= 300) == (0, True)


def test_no_two_moments_of_all_senders_are_the_same_and_every_kind_is_sent() -> None:
    items = [item for sender in range(6) for one in islice(story(1, sender), 400) for item in one.items]
    moments = [item.at for item in items if item.at]

    assert len(moments) == len({*moments}) > 5000
    assert {item.kind for item in items} == {"track", "identify", "increment", "decrement", "alias"}
    assert len({item.mark for item in items}) == len(items)
