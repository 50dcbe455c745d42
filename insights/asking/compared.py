"""Numbers beside those of the period before, and what became of each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from insights.asking.metrics import METRICS
from insights.asking.parameters import Given

PREVIOUS = "previous"
Compare = Literal["", "previous"]
DEFINITIONS = {
    "compare.previous": "The row at the same place of the range of the same length before; null where that is over.",
    "compare.change": "From that to this: of counts in percent, of percentages in points; null where there was "
    "nothing.",
}


def read(given: Given) -> Compare:
    return "previous" if given.choice("compare", (PREVIOUS,), "") else ""


def change(now: Mapping[str, Any], before: Mapping[str, Any], names: Iterable[str]) -> dict[str, float | None]:
    """What became of each number of `before`."""
    return {name: changed(name, now, before) for name in names}


def changed(name: str, now: Mapping[str, Any], before: Mapping[str, Any]) -> float | None:
    if of := METRICS[name].of:
        return float(now[name] - before[name]) if now[of] and before[of] else None
    return float((now[name] - before[name]) * 100 / before[name]) if before[name] else None


def beside(
    now: Sequence[Mapping[str, Any]],
    before: Sequence[Mapping[str, Any]],
    counts: Sequence[str],
    percentages: Sequence[str] = (),
    *,
    has_shares: bool = True,
) -> Iterator[dict[str, Any]]:
    """Each row with what `before` has at its place; `counts` and `percentages` name the columns that change.

    `has_shares` is false where there was nothing, now or before, that the percentages could be of.
    """
    for at, row in enumerate(now):
        past = before[at] if at < len(before) else None
        change = None
        if past is not None:
            change = {name: in_percent(row[name], past[name]) for name in counts}
            change |= {name: float(row[name] - past[name]) if has_shares else None for name in percentages}
        yield {**row, "compare": {"previous": past, "change": change}}


def in_percent(now: int, before: int) -> float | None:
    return (now - before) * 100 / before if before else None
