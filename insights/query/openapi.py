"""The API document's entries of the query, the general breakdown, goals and revenue."""

from collections.abc import Mapping

from eventlens.apidocs.operations import Parameter, Schema, a_list, an_object
from insights.asking import groupings
from insights.asking.fields import TEXT_FIELDS
from insights.asking.metrics import METRICS, OF_GOALS
from insights.described import parameters as given
from insights.described.answers import COUNT, NUMBER, TEXT, with_query
from insights.described.question import Question
from insights.query import query, reading
from insights.web import goals, revenue

NAMED = [*groupings.TIMES, *groupings.OF_SESSIONS, *TEXT_FIELDS]
DIMENSION: Schema = {
    "anyOf": [{"enum": NAMED}, {"type": "string", "pattern": given.KEYED_DIMENSIONS}],
    "description": f"A column, a time, or one of {given.KEYED_ALLOWED}.",
}
DIMENSIONS: Schema = {**a_list(DIMENSION), "minItems": 1, "maxItems": groupings.MOST_DIMENSIONS}
LABEL: Schema = {"type": "string", "minLength": 1, "maxLength": goals.LONGEST}
GOAL: Schema = {
    "anyOf": [
        LABEL,
        {
            **an_object({"name": LABEL, "path": LABEL, "filters": given.FILTERS}, required=()),
            "anyOf": [{"required": ["name"]}, {"required": ["path"]}],
            "additionalProperties": False,
        },
    ],
    "description": "An event name, or a path if it begins with a slash: /blog/* is every page below it.",
}


def dimensions(name: str, description: str, *, required: bool = False) -> Parameter:
    return Parameter(name, description, DIMENSIONS, ["country", "time:month"], required)


ASKED: Schema = {**a_list({"enum": list(METRICS)}), "minItems": 1, "maxItems": reading.MOST_NAMES}
METRIC_LIST = Parameter("metrics", "The numbers of a row.", ASKED, ["uniqueVisitors", "conversionRate"])
ORDER_LIST = Parameter(
    "order",
    "Metrics and dimensions of the query; a - before one puts the largest first.",
    {**a_list({"type": "string"}), "minItems": 1, "maxItems": reading.MOST_NAMES},
    ["-uniqueVisitors", "country"],
)
ONE_GOAL = Parameter("goal", "What conversions are counted of.", GOAL, "purchase")
TOTALS = given.flag("totals", "1 adds the same numbers of the whole range, and how many rows there are.")
BY = dimensions("by", "The columns to group by.")
GOALS = Parameter(
    "goals",
    "Event names and paths with commas, or a JSON list of them and of {name or path, filters}.",
    {"type": "string", "minLength": 1},
    "purchase,/blog/*",
    required=True,
    in_body={**a_list(GOAL), "minItems": 1, "maxItems": goals.MOST_GOALS},
    body_example=["/blog/*", {"name": "purchase", "filters": given.BODY_FILTERS}],
)
OF_QUERIES = (METRIC_LIST, ORDER_LIST, ONE_GOAL, given.COMPARE)


def row(numbers: Mapping[str, str], required: tuple[str, ...] = (), **more: Schema) -> Schema:
    """Numbers with what they mean, beside the dimensions that were asked for."""
    known = {name: {**NUMBER, "description": words} for name, words in numbers.items() if "." not in name}
    keyed = {given.KEYED_DIMENSIONS: TEXT}
    columns = {**known, **dict.fromkeys(NAMED, TEXT), **more}
    return {**an_object(columns, required=required), "patternProperties": keyed, "additionalProperties": False}


OF_METRICS = {name: query.DEFINITIONS[name] for name in METRICS}
CHANGES = an_object({name: {"type": ["number", "null"]} for name in METRICS}, required=())
COMPARE = {
    **an_object({"previous": an_object(dict.fromkeys(METRICS, NUMBER), required=()), "change": CHANGES}),
    "description": query.DEFINITIONS["compare"],
}
RESULTS = a_list(row(OF_METRICS, compare=COMPARE))
QUERY = an_object(
    {
        "results": {**RESULTS, "description": query.DEFINITIONS["results"]},
        "totals": {**row(OF_METRICS), "description": query.DEFINITIONS["totals"]},
        "totalRows": {**COUNT, "description": query.DEFINITIONS["totalRows"]},
    },
    required=("results",),
)
REACHED = {"convertedVisitors": 5, "conversions": 7, "conversionRate": 12.5, "conversionRevenue": 140}
ORDERS = {"revenue": 140, "orders": 7, "payingVisitors": 5, "averageOrderValue": 20, "perVisitor": 3.5}
GROUP = {"country": "DE", "time:month": "2024-01-01", "uniqueVisitors": 40, "conversionRate": 12.5}

QUESTIONS = {
    "Query": Question(
        "query",
        "Any metrics by any dimensions",
        with_query(QUERY),
        {"results": [GROUP], "totals": {"uniqueVisitors": 40, "conversionRate": 12.5}, "totalRows": 1},
        (*given.SCOPE, dimensions("dimensions", "What to group by."), TOTALS, *OF_QUERIES),
        "By time first where it is a dimension, else the largest first, unless an order is given.",
    ),
    "Breakdown": Question(
        "breakdown",
        "Any dimensions, as a plain list",
        with_query(RESULTS),
        [GROUP],
        (*given.SCOPE, dimensions("by", "What to group by.", required=True), *OF_QUERIES),
    ),
    "Goals": Question(
        "goals",
        "Who reaches goals, and how often",
        with_query(a_list(row(goals.DEFINITIONS, ("goal", *OF_GOALS), goal=TEXT))),
        [{"goal": "purchase", **REACHED}],
        (*given.SCOPE, GOALS, BY),
        "The goals come in their order; with dimensions each goal's groups, the most visitors first.",
    ),
    "Revenue": Question(
        "revenue",
        "Revenue by currency, or by any dimension",
        with_query(a_list(row(revenue.DEFINITIONS, tuple(revenue.DEFINITIONS)))),
        [{"currency": "EUR", **ORDERS}],
        (*given.SCOPE, BY),
    ),
}
