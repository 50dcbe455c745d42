"""The API document's entries of questions: one row a question."""

from eventlens.apidocs.operations import Parameter, Schema
from insights.cohorts import openapi as openapi_cohorts
from insights.described import answers
from insights.described import parameters as given
from insights.described.question import Question, operations
from insights.funnels import openapi as openapi_funnels
from insights.paths import openapi as openapi_paths
from insights.people import openapi as openapi_erasures
from insights.query import openapi as openapi_web
from insights.raw import openapi as openapi_raw
from insights.retention import openapi as openapi_retention
from insights.trends import openapi as openapi_trends

TAGS = {"insights": "Ask what happened.", "filters": "What filters can be made of."}


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
SEEN = {"firstSeenAt": "2024-01-01T10:00:00+00:00", "lastSeenAt": "2024-01-03T09:05:00+00:00"}
EVENT = {
    "eventId": "018f",
    "name": "purchase",
    "createdAt": "2024-01-03T09:05:00+00:00",
    "path": "/done",
    "title": "",
    "referrerName": "",
    "channel": "Direct",
    "country": "DE",
    "city": "",
    "device": "desktop",
    "browser": "Firefox",
    "os": "Linux",
    "deviceId": "5f0c9a",
    "revenue": 20.5,
    "currency": "EUR",
    "groups": ["acme"],
    "properties": {"plan": "pro"},
}
PERSON = {
    "id": "42",
    "aliases": ["ada@example.com"],
    "devices": ["5f0c9a"],
    "totalDevices": 1,
    "groups": ["acme"],
    **SEEN,
    "totalEvents": 1,
    "traits": {"firstName": "Ada"},
    "events": [EVENT],
    "next": "",
}
PERSONS = (given.PERSONS_LIMIT, given.CURSOR)
OF_ALL_TIME = "The most frequent first; without dates of all time."


def suggestion(id: str, summary: str, example: list[str], *more: Parameter) -> Question:
    parameters = (*more, *given.SCOPE, given.EVENT, given.SEARCH)
    data = {"success": True, "data": example}
    return Question(id, summary, answers.SUGGESTED, data, parameters, OF_ALL_TIME, "filters", by_body=False)


QUESTIONS = {
    "Metrics": Question(
        "metrics",
        "The numbers of a whole range",
        answers.METRICS,
        METRICS,
        (*given.SCOPE, given.COMPARE),
        "With compare also those of the period before, and the change.",
    ),
    "Timeseries": Question(
        "timeseries",
        "The same numbers per minute, hour, day, week or month",
        answers.TIMESERIES,
        [{"date": "2024-01-01", **METRICS}],
        (*given.SCOPE, given.INTERVAL, given.COMPARE),
        "Every bucket is present, in the project's time zone; with compare beside that of the period before.",
    ),
    "Pages": Question("pages", "Views, visitors, time and bounces of each page", answers.PAGES, [LANDING]),
    "EntryPages": Question("entryPages", "The pages that sessions entered on", answers.ENTRY_PAGES, [LANDING]),
    "ExitPages": Question("exitPages", "The pages that sessions left from", answers.EXIT_PAGES, [LANDING]),
    "Live": Question(
        "live",
        "Who is here now",
        answers.LIVE,
        {"count": 3},
        (given.FILTER_LIST, given.LIVE_LIMIT, given.DETAIL),
        "Distinct visitors of the last 5 minutes.",
    ),
    "Referrers": Question(
        "referrers",
        "Where sessions came from",
        answers.REFERRERS,
        [{"referrerName": "", "referrerType": "direct", **VISITS}],
        (*given.SCOPE, given.SOURCES_BY),
        "Direct visits are a row as well.",
    ),
    "Channels": Question(
        "channels", "Sessions by channel", answers.CHANNELS, [{"channel": "Organic Search", **VISITS}]
    ),
    "Utm": Question(
        "utm",
        "Sessions by campaign",
        answers.UTM,
        [{"utmSource": "mail", "utmMedium": "email", "utmCampaign": "may", **VISITS}],
        (*given.SCOPE, given.UTM_BY),
        "Sessions without any of the values are left out.",
    ),
    "Devices": Question(
        "devices",
        "Events by device, browser and system",
        answers.DEVICES,
        [{"device": "desktop", "browser": "Firefox", "os": "Linux", "count": 6, "uniqueVisitors": 2}],
        (*given.SCOPE, given.DEVICES_BY),
    ),
    "Geo": Question(
        "geo",
        "Events by place",
        answers.GEO,
        [{"country": "DE", "city": "", "count": 6, "uniqueVisitors": 2}],
        (*given.SCOPE, given.PLACES_BY),
    ),
    "Bots": Question(
        "bots",
        "Events of bots, which are in no other number",
        answers.BOTS,
        [{"browser": "Googlebot", "name": "page_view", "count": 6}],
        (*given.SCOPE, given.BOTS_BY),
    ),
    "Profiles": Question(
        "profiles",
        "The persons that are known by an id",
        answers.PROFILES,
        {"profiles": [{"id": "42", **SEEN, "traits": {"firstName": "Ada"}}], "next": ""},
        (*PERSONS, given.PERSONS_SEARCH),
        "The last seen first.",
        by_body=False,
    ),
    "ErasableProfile": Question(
        "profile",
        "One person: traits, devices, aliases, groups and the timeline of events",
        answers.PROFILE,
        PERSON,
        (given.PROFILE, *PERSONS),
        "Any of the person's ids will do.",
        by_body=False,
    ),
    "PropertyKeys": suggestion("propertyKeys", "The names of properties", ["plan", "seats"]),
    "PropertyValues": suggestion("propertyValues", "The values of a property", ["pro"], given.KEY),
    "EventNames": suggestion("eventNames", "The names of events", ["page_view", "purchase"]),
    "Paths": suggestion("paths", "The paths of pages", ["/", "/pricing"]),
    "Countries": suggestion("countries", "The countries of events", ["DE", "KR"]),
}


# The questions of the other modules; each of them has a table like the one above.
THEMES = (
    QUESTIONS,
    openapi_funnels.QUESTIONS,
    openapi_paths.QUESTIONS,
    openapi_web.QUESTIONS,
    openapi_retention.QUESTIONS,
    openapi_trends.QUESTIONS,
    openapi_raw.QUESTIONS,
)
OPERATIONS = {
    **{name: one for theme in THEMES for view, row in theme.items() for name, one in operations(view, row)},
    **openapi_erasures.OPERATIONS,
    **openapi_cohorts.OPERATIONS,
    **openapi_raw.OPERATIONS,
}
COMPONENTS: dict[str, Schema] = {
    "schemas": {"Filter": given.FILTER, **given.FILTERS_BY_NAME, "Query": answers.QUERY, **openapi_cohorts.COMPONENTS}
}
