"""The lines of trends: a number for every bucket, and what is reckoned with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from insights.trends.formula import Formula


@dataclass(frozen=True)
class Line:
    """A number for each bucket, and that of the whole range; None where a formula has no value."""

    data: Sequence[Any]
    total: Any

    @classmethod
    def reckoned(cls, formula: Formula, lines: Mapping[str, "Line"]) -> "Line":
        buckets = zip(*(line.data for line in lines.values()), strict=True)
        data = [formula.value(floats(lines, numbers)) for numbers in buckets]
        return cls(data, formula.value(floats(lines, [line.total for line in lines.values()])))


def floats(letters: Mapping[str, Line], numbers: Sequence[Any]) -> dict[str, float]:
    return {letter: float(number) for letter, number in zip(letters, numbers, strict=True)}


Key = tuple[int, int]


def lines_of(
    found: Sequence[Mapping[str, Any]], begins: Sequence[int], series: int, *, cumulative: bool
) -> dict[Key, Line]:
    """By the series' number and place; zeros where nothing was, or the number so far where lines are cumulative."""
    buckets: dict[Key, dict[int, Any]] = {}
    totals: dict[Key, Any] = {}
    for row in found:
        for at in range(series):
            if f"series{at}" not in row:
                continue
            key = (at, row["place"])
            if row.get("whole"):
                totals[key] = row[f"series{at}"]
            else:
                buckets.setdefault(key, {})[row["bucket"]] = row[f"series{at}"]
    if not cumulative:
        return {key: Line([at.get(begin, 0) for begin in begins], totals[key]) for key, at in buckets.items()}
    lines = {key: list(so_far(at, begins)) for key, at in buckets.items()}
    return {key: Line(data, data[-1]) for key, data in lines.items()}


def so_far(numbers: Mapping[int, Any], begins: Sequence[int]) -> Iterator[Any]:
    last: Any = 0
    for begin in begins:
        last = numbers.get(begin, last)
        yield last


def averaged(numbers: Sequence[Any], buckets: int) -> Sequence[Any]:
    """The mean of each number and those before it, so many in all; what is None counts for nothing."""
    if buckets == 1:
        return numbers
    return [mean(numbers[max(0, at - buckets + 1) : at + 1]) for at in range(len(numbers))]


def mean(numbers: Sequence[Any]) -> float | None:
    known = [float(number) for number in numbers if number is not None]
    return sum(known) / len(known) if known else None
