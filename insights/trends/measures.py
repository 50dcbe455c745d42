"""The measures of a series: one row a measure, with the aggregates that it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from eventlens.clickhouse.sql import Sql, compose

Taken = Literal["", "person", "session", "number", "money", "text"]


@dataclass(frozen=True)
class Part:
    """An aggregate function of ClickHouse, its parameters, and what of a row it takes."""

    function: str
    takes: Taken = ""
    level: str = ""

    def number(self, value: Sql, met: Sql) -> Sql:
        """Over the rows that meet the condition."""
        return self.called(f"{self.function}If{self.level}", value, met)

    def state(self, value: Sql, met: Sql) -> Sql:
        """The same, unfinished: states of several buckets can be merged."""
        return self.called(f"{self.function}StateIf{self.level}", value, met)

    def merged(self, column: str) -> Sql:
        """The number that the states of all buckets so far make together."""
        return Sql(f"{self.function}Merge{self.level}({column}) OVER so_far")

    def called(self, name: str, value: Sql, met: Sql) -> Sql:
        return compose(f"{name}($value, $met)" if self.takes else f"{name}($met)", value=value, met=met)


@dataclass(frozen=True)
class Measure:
    """`sql` makes one number of the parts; `of` says which property it needs: none, a number, or any."""

    parts: tuple[Part, ...]
    sql: str
    definition: str
    of: Literal["", "number", "any"] = ""

    def made(self, *numbers: Sql) -> Sql:
        return compose(self.sql, **dict(zip(("first", "second"), numbers, strict=False)))


ALONE = "$first"
FINITE = "ifNotFinite($first, 0)"
QUOTIENT = "ifNotFinite(toFloat64($first) / $second, 0)"


def quantile(level: float, words: str) -> Measure:
    part = Part("quantileExactInclusive", "number", f"({level})")
    definition = (
        f"The {words} of the property's numbers: at place (n - 1) * {level} of the sorted numbers, counted from 0, "
        "between two of them in proportion. Exact."
    )
    return Measure((part,), FINITE, definition, of="number")


# How the numbers of revenue are summed: as decimals, without the errors of binary fractions.
MONEY: Mapping[Part, Part] = {Part("sumKahan", "number"): Part("sum", "money")}
SUM = Part("sumKahan", "number")
MEAN = Measure(
    (SUM, Part("count", "number")),
    QUOTIENT,
    "The mean of the property's numbers in such events.",
    of="number",
)

MEASURES: Mapping[str, Measure] = {
    "total": Measure((Part("count"),), ALONE, "Such events."),
    "unique": Measure((Part("uniqExact", "person"),), ALONE, "Distinct persons with such an event."),
    "sessions": Measure(
        (Part("uniqExact", "session"),),
        ALONE,
        "Sessions that hold such an event, in the time that they start in.",
    ),
    "perUser": Measure((Part("count"), Part("uniqExact", "person")), QUOTIENT, "Such events per person who has one."),
    "sum": Measure((SUM,), ALONE, "The sum of the property's numbers in such events.", of="number"),
    "avg": MEAN,
    "mean": MEAN,
    "median": quantile(0.5, "median"),
    "p75": quantile(0.75, "75th percentile"),
    "p90": quantile(0.9, "90th percentile"),
    "p95": quantile(0.95, "95th percentile"),
    "p99": quantile(0.99, "99th percentile"),
    "min": Measure((Part("min", "number"),), ALONE, "The smallest of the property's numbers.", of="number"),
    "max": Measure((Part("max", "number"),), ALONE, "The largest of the property's numbers.", of="number"),
    "distinct": Measure(
        (Part("uniqExact", "text"),),
        ALONE,
        "The property's distinct values, as texts; empty ones are none.",
        of="any",
    ),
}
