"""The API document's entry of trends."""

from eventlens.apidocs.operations import Parameter, Schema, a_list, an_object
from insights.asking.fields import TEXT_FIELDS
from insights.asking.groupings import OF_SESSIONS
from insights.described import parameters as given
from insights.described.answers import NUMBER, TEXT, or_null, with_query
from insights.described.question import Question
from insights.trends import formula, trends
from insights.trends import reading as trend_reading
from insights.trends import series as trend_series
from insights.trends.measures import MEASURES

WORD: Schema = {"type": "string", "minLength": 1, "maxLength": trend_series.LONGEST}
SERIES: Schema = {
    "anyOf": [
        WORD,
        {
            **an_object(
                {
                    "event": {**WORD, "description": "The name of the events; * for any."},
                    "label": {
                        **WORD,
                        "description": "What the answer calls the series; its event unless told.",
                    },
                    "measure": {"enum": list(MEASURES), "description": "total unless told."},
                    "property": {
                        **WORD,
                        "description": "revenue or properties.<key>; for distinct any dimension.",
                    },
                    "filters": given.FILTERS,
                },
                required=("event",),
            ),
            "additionalProperties": False,
        },
    ]
}
DIMENSION: Schema = {
    "anyOf": [
        {"enum": [*OF_SESSIONS, *TEXT_FIELDS]},
        {"type": "string", "pattern": given.KEYED_DIMENSIONS},
    ],
    "description": f"A column, or one of {given.KEYED_ALLOWED}.",
}
EVERY_SERIES = Parameter(
    "series",
    "Event names with commas, or a JSON list of names and {event, label, measure, property, filters}. The first "
    "one is A in a formula, the next B, and so on.",
    {**TEXT, "minLength": 1},
    "signup,page_view",
    required=True,
    in_body={**a_list(SERIES), "minItems": 1, "maxItems": trend_series.MOST_SERIES},
    body_example=[
        {"event": "purchase", "measure": "unique"},
        {"event": "*", "measure": "unique", "label": "All"},
    ],
)
BREAKDOWN = Parameter(
    "breakdown",
    "What to group by.",
    {**a_list(DIMENSION), "maxItems": trend_reading.MOST_DIMENSIONS},
    ["country"],
)
FORMULA = Parameter(
    "formula",
    "Arithmetic with the letters of the series: + - * / and parentheses.",
    {"type": "string", "maxLength": formula.LONGEST},
    "A / B * 100",
)
CUMULATIVE = given.flag("cumulative", "1 answers for each bucket the number of all buckets up to it.")
AVERAGE = given.whole(
    "movingAverage",
    "The mean of so many buckets, each with those before it.",
    1,
    trend_reading.MOST_AVERAGED,
    1,
)
LIMIT = given.whole("limit", "How many groups.", 1, trend_reading.MOST_GROUPS, trend_reading.DEFAULT_GROUPS)
OFFSET = given.whole("offset", "After how many groups to begin; those before are among the others.", 0, 10**7, 0)
RANGE = (given.START, given.END, given.FILTER_LIST, LIMIT, OFFSET)

NUMBERS = a_list(or_null(NUMBER))
DATES: Schema = {**a_list(TEXT), "description": trends.DEFINITIONS["dates"]}
ROW = an_object(
    {
        "series": {**TEXT, "description": "A, B and so on in the order of the series, or formula."},
        "label": TEXT,
        "event": TEXT,
        "measure": {"enum": [*MEASURES, trends.FORMULA]},
        "property": TEXT,
        "breakdown": {"type": "object", "additionalProperties": TEXT},
        "isOther": {
            "type": "boolean",
            "description": "Whether this is all groups that have no row of their own.",
        },
        "data": {**NUMBERS, "description": trends.DEFINITIONS["data"]},
        "total": {**or_null(NUMBER), "description": trends.DEFINITIONS["total"]},
        "compare": {
            **an_object({"data": NUMBERS, "total": or_null(NUMBER), "change": or_null(NUMBER)}),
            "description": trends.DEFINITIONS["compare"],
        },
    }
)
ROW["required"] = [name for name in ROW["required"] if name != "compare"]
TRENDS = an_object(
    {
        "dates": DATES,
        "complete": {**a_list({"type": "boolean"}), "description": trends.DEFINITIONS["complete"]},
        "compare": an_object({"dates": DATES}),
        "series": {**a_list(ROW), "description": trends.DEFINITIONS["series"]},
    },
    required=("dates", "complete", "series"),
)
GROUP = {"breakdown": {"country": "DE"}, "isOther": False}
NAMED = {"label": "purchase", "event": "purchase", "measure": "unique", "property": ""}

QUESTIONS = {
    "Trends": Question(
        "trends",
        "Several series over time, in groups, with formulas",
        with_query(TRENDS),
        {
            "dates": ["2024-01-01", "2024-01-02"],
            "complete": [True, True],
            "series": [{"series": "A", **NAMED, **GROUP, "data": [3, 2], "total": 4}],
        },
        (
            EVERY_SERIES,
            *RANGE,
            given.INTERVAL,
            BREAKDOWN,
            FORMULA,
            CUMULATIVE,
            AVERAGE,
            given.COMPARE,
        ),
        "Every bucket is present; totals are those of the whole range, not sums of the buckets.",
    )
}
