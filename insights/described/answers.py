"""The answers of questions as the API document shows them; what a number means is the question's own definition."""

from collections.abc import Mapping

from eventlens.apidocs.operations import Schema, a_list, an_object
from insights.asking.metrics import METRIC_ORDER
from insights.asking.vocabulary import (
    CHANNEL_DIMENSIONS,
    DEVICE_DIMENSIONS,
    PLACE_DIMENSIONS,
    SOURCE_DIMENSIONS,
    UTM_DIMENSIONS,
)
from insights.people import profiles
from insights.web import bots, breakdown, landings, live, overview, pages, sources, timeseries

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DATE: Schema = {"type": "string"}
TEXTS = a_list(TEXT)
ANYTHING: Schema = {"type": "object", "additionalProperties": True}


def row(definitions: Mapping[str, str], **typed: Schema) -> Schema:
    """A row of these numbers, with columns of other types before them."""
    numbers = {name: NUMBER for name in definitions if "." not in name}
    columns = typed | {name: typed.get(name, schema) for name, schema in numbers.items()}
    described = {
        name: {**schema, "description": definitions[name]} if name in definitions else schema
        for name, schema in columns.items()
    }
    return an_object(described)


def rows(definitions: Mapping[str, str], **typed: Schema) -> Schema:
    return a_list(row(definitions, **typed))


def grouped(definitions: Mapping[str, str], dimensions: tuple[str, ...]) -> Schema:
    """Rows with the columns that were asked for."""
    one = row(definitions)
    columns = dict.fromkeys(dimensions, TEXT)
    return a_list(an_object({**columns, **one["properties"]}, required=tuple(one["required"])))


def metrics() -> Schema:
    one = row({name: overview.DEFINITIONS[name] for name in METRIC_ORDER})
    change = an_object({name: {"type": ["number", "null"]} for name in METRIC_ORDER})
    change["description"] = overview.DEFINITIONS["compare.change"]
    compare = an_object(
        {"previous": {**one, "description": overview.DEFINITIONS["compare.previous"]}, "change": change}
    )
    return an_object({**one["properties"], "compare": compare}, required=METRIC_ORDER)


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


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


SEEN: dict[str, Schema] = {"firstSeenAt": MOMENT, "lastSeenAt": MOMENT}


def persons() -> Schema:
    one = an_object({"id": TEXT, **SEEN, "traits": ANYTHING})
    return row({name: profiles.DEFINITIONS[name] for name in ("profiles", "next")}, profiles=a_list(one), next=TEXT)


def person() -> Schema:
    texts = dict.fromkeys(
        ("eventId", "name", "path", "title", "referrerName", "channel", "country", "city", "device", "browser", "os"),
        TEXT,
    )
    money = {"deviceId": TEXT, "revenue": NUMBER, "currency": TEXT, "groups": TEXTS}
    event = an_object({**texts, "createdAt": MOMENT, **money, "properties": ANYTHING})
    lists = {"aliases": TEXTS, "devices": TEXTS, "groups": TEXTS, "events": a_list(event)}
    counts = {"totalDevices": COUNT, "totalEvents": COUNT}
    return row(profiles.PROFILE_DEFINITIONS, id=TEXT, **lists, **SEEN, **counts, traits=ANYTHING, next=TEXT)


def with_query(answer: Schema) -> Schema:
    """An answer, or the same as `meta` wraps it."""
    wrapped = an_object({"data": answer, "query": {"$ref": "#/components/schemas/Query"}})
    return {"anyOf": [answer, wrapped]}


def suggested() -> Schema:
    return an_object({"success": {"const": True}, "data": with_query(TEXTS)})


QUERY: Schema = {
    **an_object({"question": TEXT, "definitions": {"type": "object", "additionalProperties": TEXT}}),
    "description": "The question as it was understood, and the definition of each number.",
    "additionalProperties": True,
}
METRICS = with_query(metrics())
TIMESERIES = with_query(series())
PAGES = with_query(rows(pages.DEFINITIONS, path=TEXT))
ENTRY_PAGES = with_query(rows(landings.ENTRY_DEFINITIONS, path=TEXT))
EXIT_PAGES = with_query(rows(landings.EXIT_DEFINITIONS, path=TEXT))
LIVE = with_query(live_now())
REFERRERS = with_query(grouped(sources.DEFINITIONS, SOURCE_DIMENSIONS))
CHANNELS = with_query(grouped(sources.DEFINITIONS, CHANNEL_DIMENSIONS))
UTM = with_query(grouped(sources.DEFINITIONS, UTM_DIMENSIONS))
DEVICES = with_query(grouped(breakdown.DEFINITIONS, DEVICE_DIMENSIONS))
GEO = with_query(grouped(breakdown.DEFINITIONS, PLACE_DIMENSIONS))
BOTS = with_query(grouped(bots.DEFINITIONS, tuple(bots.DIMENSIONS)))
PROFILES = with_query(persons())
PROFILE = with_query(person())
SUGGESTED = suggested()
