"""The words that questions are asked in: metrics, dimensions and intervals, one row a member."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from eventlens.clickhouse.sql import Sql, compose
from insights import periods


@dataclass(frozen=True)
class Metric:
    """One number: how it is counted, from which rows, and what it means in words."""

    name: str
    rows: Literal["events", "sessions"]
    sql: Sql
    unit: Literal["number", "rate", "seconds", "money"]
    definition: str


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "uniqueVisitors",
            "events",
            Sql("$visitors"),
            "number",
            "Distinct persons with an event in the range; a person is a profile where one is known, also through a "
            "device or an alias that is theirs, else a device. Exact; bots are left out.",
        ),
        Metric(
            "totalScreenViews",
            "events",
            Sql("countIf(isScreenView = 1)"),
            "number",
            "Events named page_view, screen_view, pageview or $pageview.",
        ),
        Metric("totalEvents", "events", Sql("count()"), "number", "Events of every name, page views included."),
        Metric(
            "revenue",
            "events",
            Sql("sum(revenue)"),
            "money",
            "The sum of the events' revenue, whatever its currency.",
        ),
        Metric(
            "totalSessions",
            "sessions",
            Sql("count()"),
            "number",
            "Sessions that started in the range; with filters, those that hold a matching event.",
        ),
        Metric(
            "avgSessionDuration",
            "sessions",
            Sql("ifNotFinite(avg(duration), 0)"),
            "seconds",
            "The mean time from a session's first to its last event, in seconds; sessions of one event count as 0.",
        ),
        Metric(
            "bounceRate",
            "sessions",
            Sql("ifNotFinite(avgIf(isBounce, entered) * 100, 0)"),
            "rate",
            "The percentage of sessions with neither two page views nor an interactive event; under a filter on "
            "path, of the sessions that entered on a matching path.",
        ),
        Metric(
            "viewsPerSession",
            "sessions",
            Sql("ifNotFinite(avg(screenViews), 0)"),
            "number",
            "The mean number of page views in the sessions counted.",
        ),
    )
}

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

# Numbers of single questions that are no metric of the overview.
DEFINITIONS: Mapping[str, str] = {
    "views": "Page views of the path.",
    "entrances": "Sessions that entered on the path.",
    "exits": "Sessions whose last page view was of the path.",
    "avgDuration": "The mean time in seconds from a view to the next view of its session, for a session's last view "
    "to the session's last event; zeros included.",
    "visits": METRICS["totalSessions"].definition,
    "sessionVisitors": "Distinct persons of the sessions counted.",
    "sessionBounceRate": "The percentage of these sessions with neither two page views nor an interactive event.",
    "count": "Events.",
    "live": "Distinct persons with an event in the last 5 minutes, by the event's time.",
}

DEVICE_DIMENSIONS = ("device", "browser", "browserVersion", "os", "osVersion", "brand", "model")
PLACE_DIMENSIONS = ("country", "region", "city")
SOURCE_DIMENSIONS = ("referrerName", "referrerType", "referrer")
CHANNEL_DIMENSIONS = ("channel",)
UTM_DIMENSIONS = ("utmSource", "utmMedium", "utmCampaign", "utmTerm", "utmContent")

# What rows can be grouped by: both events and sessions have a column of each name.
DIMENSIONS: Mapping[str, Sql] = {
    name: Sql(name)
    for name in (
        *DEVICE_DIMENSIONS,
        *PLACE_DIMENSIONS,
        *SOURCE_DIMENSIONS,
        *CHANNEL_DIMENSIONS,
        *UTM_DIMENSIONS,
    )
}

INTERVALS: Mapping[str, periods.Periods] = {
    "minute": periods.minutes,
    "hour": periods.hours,
    "day": periods.days,
    "week": periods.weeks,
    "month": periods.months,
}
DAY_INTERVALS = ("day", "week", "month")


def metrics_sql(rows: Literal["events", "sessions"], visitors: Sql) -> Sql:
    """The columns of every metric that is counted from these rows; `visitors` counts the persons in them."""
    columns = columns_sql((metric.name, metric.sql) for metric in METRICS.values() if metric.rows == rows)
    return compose(columns.text, visitors=visitors)


def columns_sql(columns: Iterable[tuple[str, Sql]]) -> Sql:
    return Sql(",\n    ".join(f"{sql.text} AS {name}" for name, sql in columns))


def dimensions_sql(names: Iterable[str]) -> Sql:
    """The columns to group by; raises KeyError for what is no dimension."""
    return Sql(", ".join(DIMENSIONS[name].text for name in names))


def definitions() -> dict[str, str]:
    return {name: METRICS[name].definition for name in METRIC_ORDER}
