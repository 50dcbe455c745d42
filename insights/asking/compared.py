"""Rows of counts beside those of the period before, and what became of each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from insights.asking.parameters import Given

DEFINITIONS = {
    "compare.previous": "The row at the same place of the range of the same length before; null where that is over.",
    "compare.change": "From that to this: of counts in percent, of percentages in points; null where there was "
    "nothing.",
}


def read(given: Given) -> bool:
    return given.choice("compare", ("previous",), "") == "previous"


def beside(
    now: Sequence[Mapping[str, Any]],
    before: Sequence[Mapping[str, Any]],
    counts: Sequence[str],
    percentages: Sequence[str] = (),
) -> Iterator[dict[str, Any]]:
    """Each row with what `before` has at its place; `counts` and `percentages` name the columns that change."""
    for at, row in enumerate(now):
        past = before[at] if at < len(before) else None
        change = None
        if past is not None:
            change = {name: in_percent(row[name], past[name]) for name in counts}
            change |= {name: float(row[name] - past[name]) for name in percentages}
        yield {**row, "compare": {"previous": past, "change": change}}


def in_percent(now: int, before: int) -> float | None:
    return (now - before) * 100 / before if before else None
