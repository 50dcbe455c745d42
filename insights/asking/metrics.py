"""The numbers that can be asked for: one row a metric, the same meaning in every question."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from eventlens.clickhouse.sql import Sql, compose
from insights.asking.scope import Scope

Rows = Literal["events", "sessions", "answer"]


@dataclass(frozen=True)
class Metric:
    """How a number is counted, from which rows, and what it means in words.

    One of the rows "answer" is worked out from the numbers it `needs`. A rate is a share `of` another number, of
    METRICS or BEHIND: where that is 0 there is no rate to compare with.
    """

    name: str
    rows: Rows
    sql: Sql
    unit: Literal["number", "rate", "seconds", "money"]
    definition: str
    needs: tuple[str, ...] = ()
    of: str = ""
    summed: str = ""  # the same from sums of days (eventlens.clickhouse.day_sums)


def quotient(name: str, unit: Literal["number", "money"], over: str, under: str, definition: str) -> Metric:
    """One number divided by another, 0 where that is 0."""
    sql = Sql(f"ifNotFinite(toFloat64({over}) / {under}, 0)")
    return Metric(name, "answer", sql, unit, definition, needs=(over, under))


ROWS = (
    Metric(
        "uniqueVisitors",
        "events",
        Sql("$visitors"),
        "number",
        "Distinct persons with an event in the range; a person is a profile where one is known, also through a "
        "device or an alias that is theirs, else a device. Exact; bots are left out.",
        summed="visitors",
    ),
    Metric(
        "totalScreenViews",
        "events",
        Sql("countIf(events.isScreenView = 1)"),
        "number",
        "Events named page_view, screen_view, pageview or $pageview.",
        summed="screenViews",
    ),
    Metric(
        "totalEvents",
        "events",
        Sql("count()"),
        "number",
        "Events of every name, page views included.",
        summed="events",
    ),
    Metric(
        "revenue",
        "events",
        Sql("sum(events.revenue)"),
        "money",
        "The sum of the events' revenue, whatever its currency.",
        summed="revenue",
    ),
    Metric("orders", "events", Sql("countIf(events.revenue > 0)"), "number", "Events with a revenue above 0."),
    Metric("payingVisitors", "events", Sql("$paying"), "number", "Distinct persons with a revenue above 0."),
    Metric(
        "averageOrderValue",
        "events",
        Sql("ifNotFinite(avgIf(events.revenue, events.revenue > 0), 0)"),
        "money",
        "The mean of the revenues above 0, whatever their currency.",
    ),
    Metric("conversions", "events", Sql("countIf($goal)"), "number", "Events that reach the goal."),
    Metric("convertedVisitors", "events", Sql("$converted"), "number", "Distinct persons who reach the goal."),
    Metric(
        "conversionRevenue",
        "events",
        Sql("sumIf(events.revenue, $goal)"),
        "money",
        "The revenue of the events that reach the goal.",
    ),
    Metric(
        "totalSessions",
        "sessions",
        Sql("count()"),
        "number",
        "Sessions that started in the range; with filters, those that hold a matching event.",
        summed="sessions",
    ),
    Metric(
        "avgSessionDuration",
        "sessions",
        # Of whole milliseconds, which come to the same in whatever order they are added.
        Sql("ifNotFinite(sum(toInt64(round(duration * 1000))) / (count() * 1000), 0)"),
        "seconds",
        "The mean time from a session's first to its last event, in seconds; sessions of one event count as 0.",
        summed="ifNotFinite(sessionMs / (sessions * 1000), 0)",
    ),
    Metric(
        "bounceRate",
        "sessions",
        Sql("ifNotFinite(avgIf(isBounce, entered) * 100, 0)"),
        "rate",
        "The percentage of sessions with neither two page views nor an interactive event; under a filter on "
        "path, of the sessions that entered on a matching path.",
        of="enteredSessions",
        summed="ifNotFinite(bounces / sessions * 100, 0)",
    ),
    Metric(
        "viewsPerSession",
        "sessions",
        Sql("ifNotFinite(avg(screenViews), 0)"),
        "number",
        "The mean number of page views in the sessions counted.",
        summed="ifNotFinite(sessionViews / sessions, 0)",
    ),
    Metric(
        "entrances",
        "sessions",
        Sql("countIf(screenViews > 0 AND entered)"),
        "number",
        "Sessions with a page view; under a filter on path, those that entered on a matching path.",
    ),
    Metric(
        "exits",
        "sessions",
        Sql("countIf(screenViews > 0 AND exited)"),
        "number",
        "Sessions with a page view; under a filter on path, those that left from a matching path.",
    ),
    quotient("eventsPerVisitor", "number", "totalEvents", "uniqueVisitors", "Events per visitor."),
    quotient("sessionsPerVisitor", "number", "totalSessions", "uniqueVisitors", "Sessions per visitor."),
    quotient("revenuePerVisitor", "money", "revenue", "uniqueVisitors", "Revenue per visitor."),
    Metric(
        "conversionRate",
        "answer",
        Sql("ifNotFinite(convertedVisitors * 100 / uniqueVisitors, 0)"),
        "rate",
        "The percentage of the visitors who reach the goal.",
        needs=("convertedVisitors", "uniqueVisitors"),
        of="uniqueVisitors",
    ),
)
METRICS: Mapping[str, Metric] = {metric.name: metric for metric in ROWS}
# Not asked for, nor answered: what rates are shares of.
BEHIND = (
    Metric(
        "enteredSessions",
        "sessions",
        Sql("countIf(entered)"),
        "number",
        "The sessions that bounceRate looks at.",
        summed="sessions",
    ),
)
COUNTED: Mapping[str, Metric] = {**METRICS, **{metric.name: metric for metric in BEHIND}}

METRIC_ORDER = (
    "uniqueVisitors",
    "totalSessions",
    "totalScreenViews",
    "totalEvents",
    "avgSessionDuration",
    "bounceRate",
    "viewsPerSession",
    "revenue",
)
OF_GOALS = ("conversions", "convertedVisitors", "conversionRevenue", "conversionRate")

COMPARED = {
    "compare.previous": "The same numbers of the period of the same length just before.",
    "compare.change": "Change in percent, of rates in points; null where there is nothing to compare with.",
}


def needed(names: Iterable[str], *, to_compare: bool = False) -> tuple[str, ...]:
    """The metrics that are counted for these: what others are worked out from comes before them."""
    found: dict[str, None] = {}
    for name in names:
        found |= dict.fromkeys(METRICS[name].needs)
        if to_compare and METRICS[name].of:
            found[METRICS[name].of] = None
        found[name] = None
    return tuple(sorted(found, key=lambda name: COUNTED[name].rows == "answer"))


COUNTED_ORDER = needed(METRIC_ORDER, to_compare=True)
NO_GOAL = Sql("0")


def metrics_sql(rows: Rows, scope: Scope, names: Iterable[str] = COUNTED_ORDER, goal: Sql = NO_GOAL) -> Sql:
    """The columns of those of the metrics that are counted from these rows; `goal` tests a row of events."""
    columns = [f"{COUNTED[name].sql.text} AS {name}" for name in names if COUNTED[name].rows == rows]
    return compose(
        ",\n    ".join(columns),
        visitors=scope.visitors(),
        paying=scope.visitors_if(Sql("events.revenue > 0")),
        goal=goal,
        converted=scope.visitors_if(goal),
    )


def definitions(names: Iterable[str] = METRIC_ORDER) -> dict[str, str]:
    return {name: METRICS[name].definition for name in names}


def numbers(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """These columns of a row as an answer shows them; 0 where there is no row."""
    return {name: plain(row.get(name, 0)) for name in names}


def plain(value: Any) -> Any:
    """Money without the zeros that its column pads it with."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else value.normalize()
