"""The words that questions are asked in: dimensions and intervals, one row a member."""

from collections.abc import Iterable, Mapping

from eventlens.clickhouse.sql import Sql
from insights.asking import periods
from insights.asking.metrics import METRICS

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


def dimensions_sql(names: Iterable[str]) -> Sql:
    """The columns to group by; raises KeyError for what is no dimension."""
    return Sql(", ".join(DIMENSIONS[name].text for name in names))
