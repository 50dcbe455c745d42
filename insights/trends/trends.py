"""Trends: several series at once, over time and in groups, what can be reckoned with them, and the period before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from eventlens.clickhouse import client
from insights.asking import periods
from insights.asking.buckets import buckets_before, label
from insights.asking.compared import Compare
from insights.asking.groupings import Groupings
from insights.asking.metrics import plain
from insights.asking.scope import Scope
from insights.asking.vocabulary import INTERVALS
from insights.trends.formula import Formula
from insights.trends.lines import Line, averaged, lines_of
from insights.trends.measures import MEASURES
from insights.trends.rows import rows_of
from insights.trends.series import LETTERS, Series
from insights.trends.sql import OTHERS, each_sql, ranked_sql

FORMULA = "formula"

DEFINITIONS = {
    "dates": "The buckets: the day that each begins on, the range's first day for a week or month that the range "
    "cuts; for hours and minutes the instant.",
    "complete": "For each bucket, whether it is over and all of it lies in the range.",
    "series": "A row for each series and group: the groups with the largest totals of the first series, equal ones "
    "by the next series, then by their values; all others together are one more row.",
    "data": "A number for each bucket. Cumulative: the number of all buckets up to it, persons counted once. With a "
    "moving average: the mean of the numbers of the bucket and those before it, as many as asked for.",
    "total": "The number of the whole range, not the sum of the buckets: a person counts once. Of a formula: the "
    "formula of the totals.",
    "compare": "The same of the period before, bucket by bucket, and the change of the total in percent; null where "
    "there is nothing to compare with.",
    FORMULA: "The formula's value, null where it divides by zero.",
    **{f"measure.{name}": measure.definition for name, measure in MEASURES.items()},
}


@dataclass(frozen=True)
class Params:
    scope: Scope
    series: tuple[Series, ...]
    interval: str
    buckets: tuple[datetime, ...] = field(repr=False)
    now: datetime = field(repr=False)
    breakdown: tuple[str, ...] = ()
    formula: str = ""
    cumulative: bool = False
    moving_average: int = 1
    compare: Compare = ""

    @property
    def groupings(self) -> Groupings:
        return Groupings(self.breakdown)

    def previous(self) -> "Params":
        return replace(self, scope=self.scope.previous(), buckets=buckets_before(self.scope, self.interval))


Found = Sequence[Mapping[str, Any]]


def shape(now: Found, before: Found | None, groups: Found, params: Params) -> dict[str, Any]:
    """`before` are the rows of the period before, None unless they are asked for."""
    dates = [label(bucket, params.interval, params.scope) for bucket in params.buckets]
    answered: dict[str, Any] = {"dates": dates, "complete": list(complete(params))}
    if before is not None:
        past = params.previous()
        answered["compare"] = {"dates": [label(bucket, params.interval, past.scope) for bucket in past.buckets]}
    return {**answered, "series": list(rows(now, before, groups, params))}


def complete(params: Params) -> Iterator[bool]:
    scope = params.scope
    for bucket in params.buckets:
        following = INTERVALS[params.interval](bucket, scope.timezone)
        next(following)
        yield scope.start <= bucket and next(following) <= min(scope.end, params.now)


def rows(now: Found, before: Found | None, groups: Found, params: Params) -> Iterator[dict[str, Any]]:
    """Each series with its groups, the largest first and the others last, then the formula."""
    places = list(range(1, len(groups) + 1))
    if any(row["place"] == OTHERS for row in [*now, *(before or ())]):
        places.append(OTHERS)
    lines = all_lines(now, params, places)
    past = all_lines(before, params.previous(), places) if before is not None else {}
    for letter, named in heads(params):
        for place in places:
            line = lines[letter, place]
            row = {"series": letter, **named, **group_of(place, groups, params), "data": data(line, params)}
            row["total"] = plain(line.total)
            yield {**row, "compare": compared(line, past[letter, place], params)} if past else row


def heads(params: Params) -> Iterator[tuple[str, dict[str, Any]]]:
    for letter, one in zip(LETTERS, params.series, strict=False):
        yield (
            letter,
            {"label": one.label, "event": one.event, "measure": one.measure, "property": one.property},
        )
    if params.formula:
        yield FORMULA, {"label": params.formula, "event": "", "measure": FORMULA, "property": ""}


def group_of(place: int, groups: Found, params: Params) -> dict[str, Any]:
    values = {} if place == OTHERS else {one.name: groups[place - 1][one.alias] for one in params.groupings}
    return {"breakdown": values, "isOther": place == OTHERS}


def all_lines(found: Found, params: Params, places: Sequence[int]) -> dict[tuple[str, int], Line]:
    """By letter and place; the formula is reckoned with the numbers of its place."""
    begins = [periods.milliseconds(bucket) for bucket in params.buckets]
    lines = lines_of(found, begins, len(params.series), cumulative=params.cumulative)
    nothing = Line([0] * len(begins), 0)
    by_letter = {
        (LETTERS[at], place): lines.get((at, place), nothing) for at in range(len(params.series)) for place in places
    }
    if params.formula:
        letters = LETTERS[: len(params.series)]
        formula = Formula(params.formula, letters)
        for place in places:
            by_letter[FORMULA, place] = Line.reckoned(
                formula, {letter: by_letter[letter, place] for letter in letters}
            )
    return by_letter


def data(line: Line, params: Params) -> list[Any]:
    return [plain(number) for number in averaged(line.data, params.moving_average)]


def compared(line: Line, past: Line, params: Params) -> dict[str, Any]:
    now, before = line.total, past.total
    change = float((now - before) * 100 / before) if before and now is not None else None
    return {"data": data(past, params), "total": plain(before), "change": change}


def answer(params: Params) -> dict[str, Any]:
    groups = ranked(params)
    if params.breakdown and not groups:
        return shape([], None, [], params)
    before = ask(params.previous(), groups) if params.compare else None
    return shape(ask(params, groups), before, groups, params)


def ranked(params: Params) -> Found:
    """The groups that are shown; without a breakdown one that everything is in."""
    if not params.breakdown:
        return [{"key": ""}]
    sql = ranked_sql(params.scope, params.series, params.groupings)
    return client.query(sql, comment=f"{params.scope.project}:trends")


def ask(params: Params, groups: Found) -> Found:
    keys, found = [group["key"] for group in groups], []
    for rows in rows_of(params.scope, params.series, params.groupings):
        sql = each_sql(rows, params.buckets, keys, cumulative=params.cumulative)
        found += client.query(sql, comment=f"{params.scope.project}:trends")
    return found
