"""The API document's entries of web analytics, and of the lists that filters are made of."""

from eventlens.apidocs.operations import Parameter, Schema, a_list, an_object
from insights.asking.metrics import METRIC_ORDER
from insights.asking.vocabulary import (
    CHANNEL_DIMENSIONS,
    DEVICE_DIMENSIONS,
    PLACE_DIMENSIONS,
    SOURCE_DIMENSIONS,
    UTM_DIMENSIONS,
)
from insights.described import parameters as given
from insights.described.answers import COUNT, DATE, MOMENT, TEXT, TEXTS, grouped, or_null, row, rows, with_query
from insights.described.question import Question
from insights.web import breakdown, landings, live, overview, pages, sources, timeseries

DETAIL = given.flag("detail", "1 adds pages, countries, and the visitors of each of the last 30 minutes.")
LIVE_LIMIT = given.whole("limit", "How many rows in each list of the detail.", 1, live.MOST_ROWS, live.DEFAULT_LIMIT)
SOURCES_BY = given.choices("by", "The columns.", SOURCE_DIMENSIONS, ["referrerType"])
UTM_BY = given.choices("by", "The columns.", UTM_DIMENSIONS, ["utmSource", "utmMedium"])
DEVICES_BY = given.choices("by", "The columns.", DEVICE_DIMENSIONS, ["browser", "os"])
PLACES_BY = given.choices("by", "The columns.", PLACE_DIMENSIONS, ["country"])
BOTS_BY = given.choices("by", "The columns.", breakdown.BOT_DIMENSIONS, ["browser"])
EVENT = Parameter("event", "Only of events of this name.", TEXT, "purchase")
SEARCH = Parameter("search", "Only values that contain this text.", TEXT, "p")
KEY = Parameter("key", "The property.", {**TEXT, "minLength": 1}, "plan", required=True)
METRICS = {
    "uniqueVisitors": 2,
    "totalSessions": 2,
    "totalScreenViews": 3,
    "totalEvents": 4,
    "avgSessionDuration": 90,
    "bounceRate": 50,
    "viewsPerSession": 1.5,
    "revenue": 20.5,
}
LANDING = {"path": "/", "views": 2, "uniqueVisitors": 2, "avgDuration": 90, "bounceRate": 50}
VISITS = {"visits": 3, "uniqueVisitors": 2, "bounceRate": 33.3}
OF_ALL_TIME = "The most frequent first; without dates of all time."
SUGGESTED = an_object({"success": {"const": True}, "data": with_query(TEXTS)})


def metrics() -> Schema:
    one = row({name: overview.DEFINITIONS[name] for name in METRIC_ORDER})
    change = an_object({name: {"type": ["number", "null"]} for name in METRIC_ORDER})
    change["description"] = overview.DEFINITIONS["compare.change"]
    compare = an_object(
        {"previous": {**one, "description": overview.DEFINITIONS["compare.previous"]}, "change": change}
    )
    return an_object({**one["properties"], "compare": compare}, required=METRIC_ORDER)


def series() -> Schema:
    numbers = row({name: overview.DEFINITIONS[name] for name in METRIC_ORDER}, date=DATE)["properties"]
    numbers["date"] = {**DATE, "description": timeseries.DEFINITIONS["date"]}
    change = an_object({name: {"type": ["number", "null"]} for name in METRIC_ORDER})
    compare = an_object({"previous": or_null(an_object(numbers)), "change": or_null(change)})
    compare["description"] = timeseries.DEFINITIONS["compare"]
    return a_list(an_object({**numbers, "compare": compare}, required=("date", *METRIC_ORDER)))


def live_now() -> Schema:
    visitors = {"visitors": COUNT}
    detail = {
        "pages": a_list(an_object({"path": TEXT, "views": COUNT, **visitors})),
        "countries": a_list(an_object({"country": TEXT, "events": COUNT, **visitors})),
        "minutes": a_list(an_object({"date": MOMENT, **visitors})),
    }
    known = {name: {**schema, "description": live.DEFINITIONS[name]} for name, schema in detail.items()}
    return an_object({"count": {**COUNT, "description": live.DEFINITIONS["count"]}, **known}, required=("count",))


def suggestion(id: str, summary: str, example: list[str], *more: Parameter) -> Question:
    parameters = (*more, *given.SCOPE, EVENT, SEARCH)
    data = {"success": True, "data": example}
    return Question(id, summary, SUGGESTED, data, parameters, OF_ALL_TIME, "filters", by_body=False)


QUESTIONS = {
    "Metrics": Question(
        "metrics",
        "The numbers of a whole range",
        with_query(metrics()),
        METRICS,
        (*given.SCOPE, given.COMPARE),
        "With compare also those of the period before, and the change.",
    ),
    "Timeseries": Question(
        "timeseries",
        "The same numbers per minute, hour, day, week or month",
        with_query(series()),
        [{"date": "2024-01-01", **METRICS}],
        (*given.SCOPE, given.INTERVAL, given.COMPARE),
        "Every bucket is present, in the project's time zone; with compare beside that of the period before.",
    ),
    "Pages": Question(
        "pages",
        "Views, visitors, time and bounces of each page",
        with_query(rows(pages.DEFINITIONS, path=TEXT)),
        [LANDING],
    ),
    "EntryPages": Question(
        "entryPages",
        "The pages that sessions entered on",
        with_query(rows(landings.ENTRY_DEFINITIONS, path=TEXT)),
        [LANDING],
    ),
    "ExitPages": Question(
        "exitPages",
        "The pages that sessions left from",
        with_query(rows(landings.EXIT_DEFINITIONS, path=TEXT)),
        [LANDING],
    ),
    "Live": Question(
        "live",
        "Who is here now",
        with_query(live_now()),
        {"count": 3},
        (given.FILTER_LIST, LIVE_LIMIT, DETAIL),
        "Distinct visitors of the last 5 minutes.",
    ),
    "Referrers": Question(
        "referrers",
        "Where sessions came from",
        with_query(grouped(sources.DEFINITIONS, SOURCE_DIMENSIONS)),
        [{"referrerName": "", "referrerType": "direct", **VISITS}],
        (*given.SCOPE, SOURCES_BY),
        "Direct visits are a row as well.",
    ),
    "Channels": Question(
        "channels",
        "Sessions by channel",
        with_query(grouped(sources.DEFINITIONS, CHANNEL_DIMENSIONS)),
        [{"channel": "Organic Search", **VISITS}],
    ),
    "Utm": Question(
        "utm",
        "Sessions by campaign",
        with_query(grouped(sources.DEFINITIONS, UTM_DIMENSIONS)),
        [{"utmSource": "mail", "utmMedium": "email", "utmCampaign": "may", **VISITS}],
        (*given.SCOPE, UTM_BY),
        "Sessions without any of the values are left out.",
    ),
    "Devices": Question(
        "devices",
        "Events by device, browser and system",
        with_query(grouped(breakdown.DEFINITIONS, DEVICE_DIMENSIONS)),
        [{"device": "desktop", "browser": "Firefox", "os": "Linux", "count": 6, "uniqueVisitors": 2}],
        (*given.SCOPE, DEVICES_BY),
    ),
    "Geo": Question(
        "geo",
        "Events by place",
        with_query(grouped(breakdown.DEFINITIONS, PLACE_DIMENSIONS)),
        [{"country": "DE", "city": "", "count": 6, "uniqueVisitors": 2}],
        (*given.SCOPE, PLACES_BY),
    ),
    "Bots": Question(
        "bots",
        "Events of bots, which are in no other number",
        with_query(grouped(breakdown.BOTS_DEFINITIONS, breakdown.BOT_DIMENSIONS)),
        [{"browser": "Googlebot", "name": "page_view", "count": 6}],
        (*given.SCOPE, BOTS_BY),
    ),
    "PropertyKeys": suggestion("propertyKeys", "The names of properties", ["plan", "seats"]),
    "PropertyValues": suggestion("propertyValues", "The values of a property", ["pro"], KEY),
    "EventNames": suggestion("eventNames", "The names of events", ["page_view", "purchase"]),
    "Paths": suggestion("paths", "The paths of pages", ["/", "/pricing"]),
    "Countries": suggestion("countries", "The countries of events", ["DE", "KR"]),
}
