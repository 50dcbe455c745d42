"""The row of a funnel's step: who took it, and how long that took."""

from collections.abc import Mapping, Sequence
from typing import Any

from insights.funnels.steps import Step

STEP_DEFINITIONS = {
    "count": "Persons, sessions or groups whose best attempt took this step.",
    "conversion": "The percentage of those who took the first step.",
    "conversionFromPrevious": "The percentage of those who took the step before.",
    "dropOff": "How many took the step before, but not this one.",
    "medianSeconds": "The median time from the step before, of those who took this one; 0 for the first step.",
}
# Whole arrays of every entity of a block are in memory at once.
BLOCK = {"max_block_size": 8192}


def shape_steps(row: Mapping[str, Any], steps: Sequence[Step]) -> list[dict[str, Any]]:
    """`people` and `waits`, as far as anybody came, as a row for every step."""
    people, waits = padded(row["people"], len(steps)), padded(row["waits"], len(steps))
    return [
        {
            "name": step.name,
            "count": people[at],
            "conversion": percentage(people[at], people[0]),
            "conversionFromPrevious": percentage(people[at], people[max(at - 1, 0)]),
            "dropOff": people[max(at - 1, 0)] - people[at],
            "medianSeconds": waits[at] / 1000,
        }
        for at, step in enumerate(steps)
    ]


def padded(numbers: Sequence[Any], length: int) -> list[Any]:
    return [*numbers, *[0] * (length - len(numbers))]


def percentage(part: int, whole: int) -> float:
    return part * 100 / whole if whole else 0.0
