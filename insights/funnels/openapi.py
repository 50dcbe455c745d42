"""The API document's entries of funnels."""

from eventlens.apidocs.operations import Parameter, Schema, a_list, an_object
from insights.asking.fields import TEXT_FIELDS
from insights.asking.vocabulary import INTERVALS
from insights.described import parameters as given
from insights.described.answers import COUNT, DATE, MOMENT, NUMBER, TEXT, rows, with_query
from insights.described.question import Question
from insights.funnels import funnel
from insights.funnels import people as funnel_people
from insights.funnels.reading import BREAKDOWN_OF, MOST_BINS, MOST_DAYS, MOST_VALUES
from insights.funnels.rows import STEP_DEFINITIONS
from insights.funnels.steps import MOST_EXCLUSIONS, MOST_STEPS

STEP_NUMBER: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_STEPS}
NAME: Schema = {"type": "string", "minLength": 1}
EXCLUSION: Schema = {
    "anyOf": [
        NAME,
        {
            **an_object(
                {"name": NAME, "filters": given.FILTERS, "fromStep": STEP_NUMBER, "toStep": STEP_NUMBER},
                required=("name",),
            ),
            "additionalProperties": False,
        },
    ]
}
DIMENSION: Schema = {
    "anyOf": [{"enum": list(TEXT_FIELDS)}, {"type": "string", "pattern": given.KEYED_DIMENSIONS}],
    "description": f"A column, or one of {given.KEYED_ALLOWED}.",
}
VALUES: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_VALUES}
BROKEN_DOWN: Schema = {
    "anyOf": [
        DIMENSION,
        {
            **an_object(
                {
                    "dimension": DIMENSION,
                    "of": {"enum": list(BREAKDOWN_OF)},
                    "limit": VALUES,
                    "other": {"type": "boolean"},
                },
                required=("dimension",),
            ),
            "additionalProperties": False,
        },
    ]
}
ONE_STEP: Schema = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {
            **an_object({"name": {"type": "string", "minLength": 1}, "filters": given.FILTERS}, required=("name",)),
            "additionalProperties": False,
        },
    ]
}
STEP_LIST = Parameter(
    "steps",
    "Event names with commas, or a JSON list of names and {name, filters}.",
    {**TEXT, "minLength": 3},
    "page_view,purchase",
    required=True,
    in_body={**a_list(ONE_STEP), "minItems": 2, "maxItems": MOST_STEPS},
    body_example=["page_view", {"name": "purchase", "filters": given.BODY_FILTERS}],
)
WINDOW = Parameter(
    "window",
    f"The time from the first step in which the others count, {MOST_DAYS} days at most; the whole range unless told.",
    {"type": "string", "pattern": f"^{funnel.WINDOW.pattern}$"},
    "14d",
)
ORDER = given.choice(
    "order", "ordered unless told; strict: no other event between; any: any order.", funnel.ORDERS, "strict"
)
BY = Parameter(
    "by",
    "Whose steps: person unless told, session, or group:<type>.",
    {"type": "string", "pattern": "^(person|session|group:.+)$"},
    "session",
)
EXCLUDE = Parameter(
    "exclude",
    "What must not be between two steps: names with commas, or a JSON list of {name, filters, fromStep, toStep}.",
    {"type": "string", "minLength": 1},
    "refund",
    in_body={**a_list(EXCLUSION), "minItems": 1, "maxItems": MOST_EXCLUSIONS},
    body_example=[{"name": "refund", "fromStep": 1, "toStep": 2}],
)
BREAKDOWN = Parameter(
    "breakdown",
    "Adds the steps of each value: a dimension, or {dimension, of, limit, other}.",
    {"type": "string", "minLength": 1},
    "country",
    in_body=BROKEN_DOWN,
    body_example={"dimension": "country", "of": "first", "limit": 5},
)
BINS = Parameter(
    "bins",
    "Adds the times between steps, in a histogram of so many bins.",
    {"type": "integer", "minimum": 1, "maximum": MOST_BINS},
    10,
)
INTERVAL = given.choice("interval", "Adds the steps of those who entered in each bucket.", INTERVALS, "day")
STEP = Parameter("step", "The step, counted from 1; 1 unless told.", STEP_NUMBER, 1)
OUTCOME = given.choice(
    "outcome",
    "reached unless told: who took the step; lost: who took the one before, but not this.",
    funnel_people.OUTCOMES,
    "reached",
)
ATTEMPTS = (STEP_LIST, *given.SCOPE, WINDOW, ORDER, BY, EXCLUDE)

STEPS = rows(STEP_DEFINITIONS, name=TEXT)
BIN = an_object({"fromSeconds": NUMBER, "toSeconds": NUMBER, "count": COUNT})


def said(part: str, **typed: Schema) -> Schema:
    """The rows of one part of the answer, each number as it is defined."""
    words = {name.partition(".")[2]: text for name, text in funnel.DEFINITIONS.items() if name.startswith(f"{part}.")}
    named = {
        name: {**schema, "description": words[name]} if name in words else schema for name, schema in typed.items()
    }
    return a_list(an_object(named))


WHOLE = an_object(
    {
        "steps": STEPS,
        "breakdown": said("breakdown", value=TEXT, isOther={"type": "boolean"}, steps=STEPS),
        "times": said(
            "times",
            fromStep=COUNT,
            toStep=COUNT,
            count=COUNT,
            meanSeconds=NUMBER,
            medianSeconds=NUMBER,
            histogram=a_list(BIN),
        ),
        "series": said("series", date=DATE, counts=a_list(COUNT), conversion=NUMBER, complete={"type": "boolean"}),
    },
    required=("steps",),
)
NUMBERS = {"conversion": 50, "conversionFromPrevious": 50, "dropOff": 1, "medianSeconds": 120}

QUESTIONS = {
    "Funnel": Question(
        "funnel",
        "How many take each of a row of steps",
        with_query({"anyOf": [STEPS, WHOLE]}),
        [{"name": "signup", "count": 1, **NUMBERS}],
        (*ATTEMPTS, BREAKDOWN, BINS, INTERVAL),
        "The best attempt of a person counts; one event serves one step at most. "
        "A list of steps; with breakdown, bins or interval an object that holds it.",
    ),
    "FunnelPeople": Question(
        "funnelPeople",
        "Who took a step of a funnel, or was lost before it",
        with_query(
            rows(
                funnel_people.DEFINITIONS,
                id=TEXT,
                kind={"enum": ["profile", "device", "group"]},
                enteredAt=MOMENT,
                lastStepAt=MOMENT,
            )
        ),
        [
            {
                "id": "42",
                "kind": "profile",
                "stepsTaken": 2,
                "enteredAt": "2024-01-03T09:00:00+00:00",
                "lastStepAt": "2024-01-03T09:05:00+00:00",
            }
        ],
        (*ATTEMPTS, STEP, OUTCOME),
        "The last to enter first.",
    ),
}
