"""Which filters ask for the same: funnels and cohorts take these for one."""

import pytest

from insights.asking.filters import Combined, Filter, Value
from insights.cohorts.definition import Behaviour
from insights.funnels.steps import Step, classes
from tests.insights.histories import at


@pytest.mark.parametrize(
    ("one", "other", "are_equal"),
    [
        (1, True, False),
        (0, False, False),
        ((1, 2), (True, 2), False),
        ("1", 1, False),
        (1, 1.0, True),
        (True, True, True),
        (("a", 1), ("a", 1), True),
    ],
)
def test_true_is_not_one(one: Value, other: Value, are_equal: bool) -> None:
    first, second = (Filter("properties.vip", "in", value) for value in (one, other))

    assert (first == second) is are_equal
    assert (len({first, second}) == 1) is are_equal
    assert (Combined("not", (first,)) == Combined("not", (second,))) is are_equal


def test_steps_and_behaviours_with_one_and_true_are_two() -> None:
    number, truth = ((Filter("properties.vip", "eq", value),) for value in (1, True))

    assert list(classes([Step("buy", number), Step("buy", truth)])) == [[[0], [1]]]
    behaviours = [Behaviour("buy", one, at("2024-01-01"), at("2024-01-02")) for one in (number, truth)]
    assert behaviours.index(behaviours[1]) == 1
