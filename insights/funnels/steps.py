"""The steps of a funnel: which events serve them, and which steps compete for the same events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby, product

from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking.fields import Subject
from insights.asking.filters import Condition, filters_sql

# A moment of a person is one number, time * MOMENT + code, so that sorting moments sorts by time.
STEP_CODES = 2**5
MASK_CODES = 2**20
MOST_STEPS = 20
MOST_EXCLUSIONS = 10
MOST_RIVALRIES = 300


@dataclass(frozen=True)
class Step:
    name: str
    filters: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Exclusion:
    """An event that must not be between two steps, counted from 1."""

    name: str
    filters: tuple[Condition, ...]
    fromStep: int
    toStep: int


@dataclass(frozen=True)
class Rivalry:
    """Steps that only the same events can serve, as a mask of bits, counted from step `first` to step `last`."""

    mask: int
    size: int
    first: int
    last: int


def are_distinct(steps: Sequence[Step]) -> bool:
    """Can no event serve two steps? Then a moment's code is the number of its step, else a mask of steps."""
    return len({step.name for step in steps}) == len(steps)


def step_sql(steps: Sequence[Step], index: int, subject: Subject) -> Sql:
    step, number = steps[index], index + 1
    return compose(
        f"(name = {{step{number}:String}} AND $filters)",
        {f"step{number}": step.name},
        filters=filters_sql(step.filters, subject, f"step{number}filter"),
    )


def number_sql(steps: Sequence[Step], subject: Subject) -> Sql:
    """The number of the step that an event serves, 0 for none; the steps are distinct."""
    cases = join(
        (
            compose(f"$condition, {index + 1}", condition=step_sql(steps, index, subject))
            for index in range(len(steps))
        ),
        ",\n        ",
    )
    return compose("multiIf(\n        $cases,\n        0\n    )", cases=cases)


def mask_sql(steps: Sequence[Step], subject: Subject) -> Sql:
    """All steps that an event could serve, as bits, the first step the lowest."""
    bits = (
        compose(f"$condition * {2**index}", condition=step_sql(steps, index, subject)) for index in range(len(steps))
    )
    return compose("toUInt64(\n        $bits\n    )", bits=join(bits, "\n        + "))


def excluded_sql(exclusions: Sequence[Exclusion], subject: Subject) -> Sql:
    """All exclusions that an event meets, as bits, the first one the lowest."""
    bits = (
        compose(
            f"(name = {{exclusion{at}:String}} AND $filters) * {2**at}",
            {f"exclusion{at}": one.name},
            filters=filters_sql(one.filters, subject, f"exclusion{at}filter"),
        )
        for at, one in enumerate(exclusions)
    )
    return compose("toUInt64(\n        $bits\n    )", bits=join(bits, "\n        + "))


def classes(steps: Sequence[Step]) -> Iterator[list[list[int]]]:
    """Per event name the steps (from 0) that ask for it, those with equal filters together."""
    indices = range(len(steps))
    by_name = sorted(indices, key=lambda index: steps[index].name)
    for _, named in groupby(by_name, key=lambda index: steps[index].name):
        same: dict[tuple[Condition, ...], list[int]] = {}
        for index in named:
            same.setdefault(steps[index].filters, []).append(index)
        yield list(same.values())


def mask(indices: Sequence[int]) -> int:
    return reduce(lambda bits, index: bits | 1 << index, indices, 0)


def rivalries(steps: Sequence[Step]) -> list[Rivalry]:
    """The sets of steps that Hall's theorem needs: events at one moment can serve the steps from k to m, one event
    a step, unless there is a set of those steps that fewer events than steps could serve.

    Steps of different names never compete, and of steps with equal filters only unbroken runs matter.
    """
    found = []
    for named in classes(steps):
        runs = [[[], *unbroken_runs(same)] for same in named]
        for chosen in product(*runs):
            if indices := sorted(index for run in chosen for index in run):
                found.append(Rivalry(mask(indices), len(indices), indices[0] + 1, indices[-1] + 1))
    return found


def unbroken_runs(indices: Sequence[int]) -> list[list[int]]:
    ends = range(1, len(indices) + 1)
    return [list(indices[start:end]) for end in ends for start in range(end)]


def count_rivalries(steps: Sequence[Step]) -> int:
    """How many sets `rivalries` would make, without making them."""
    total = 0
    for named in classes(steps):
        total += reduce(lambda product, same: product * (1 + len(same) * (len(same) + 1) // 2), named, 1) - 1
    return total
