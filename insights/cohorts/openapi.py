"""The API document's entries of cohorts."""

from typing import Any

from analytics.openapi import PROJECT
from eventlens.apidocs.operations import Answer, Operation, Parameter, Schema, a_list, an_object, reference
from insights.asking.fields import COHORT
from insights.asking.filter_reading import COMBINATIONS
from insights.cohorts import cohorts, reading
from insights.cohorts import definition as cohort_definition
from insights.described import parameters as given
from insights.described.answers import TEXT, with_query

TIMES: Schema = {"type": "integer", "minimum": 0, "maximum": cohort_definition.MOST_TIMES}
PERIOD: dict[str, Schema] = {
    "days": {
        "type": "integer",
        "minimum": 1,
        "maximum": cohort_definition.MOST_DAYS,
        "description": "The last days, today included; all time without it and dates.",
    },
    "startDate": given.DATE,
    "endDate": given.DATE,
}
EVENT: Schema = {
    "type": "string",
    "maxLength": cohort_definition.LONGEST,
    "description": "An event name; empty for any.",
}


def behaviour(kind: str, **more: Schema) -> Schema:
    known = {kind: EVENT, "filters": given.FILTERS, **PERIOD, **more}
    return {**an_object(known, required=(kind,)), "additionalProperties": False}


def combination(kind: str) -> Schema:
    part = reference("Membership")
    parts = part if kind == "not" else {**a_list(part), "minItems": 1, "maxItems": cohort_definition.MOST_CONDITIONS}
    return {**an_object({kind: parts}), "additionalProperties": False}


KNOWN: Schema = {
    **an_object(
        {
            "field": {"type": "string", "pattern": f"^(profile\\..|group\\..|{COHORT}$)"},
            "operator": given.ONE_FILTER["properties"]["operator"],
            "value": given.ONE_FILTER["properties"]["value"],
        },
        required=("field",),
    ),
    "additionalProperties": False,
}
MEMBERSHIP_BY_NAME: dict[str, Schema] = {
    "Did": behaviour("did", **dict.fromkeys(cohort_definition.TIMES, TIMES)),
    "DidNot": behaviour("didNot"),
    "FirstDid": behaviour("firstDid"),
    "Known": KNOWN,
    **{f"{kind.title()}Membership": combination(kind) for kind in COMBINATIONS},
}
MEMBERSHIP: Schema = {
    "anyOf": [reference(name) for name in MEMBERSHIP_BY_NAME],
    "description": "What a person did, did not do or first did, what is known of them, or several of these.",
}
COMPONENTS: dict[str, Schema] = {"Membership": MEMBERSHIP, **MEMBERSHIP_BY_NAME}

MINUTES: Schema = {
    "type": "integer",
    "minimum": 0,
    "maximum": reading.MOST_MINUTES,
    "description": f"How often it is worked out again, {reading.LEAST_MINUTES} at least; 0: only when asked.",
}
ID: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,36}$", "description": "As filters name it."}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": reading.LONGEST_NAME}
IDS: Schema = {
    **a_list({"type": "string", "minLength": 1}),
    "minItems": 1,
    "maxItems": reading.MOST_IDS,
    "description": "Profile ids, instead of a definition.",
}
MOMENT: Schema = {"type": "string", "format": "date-time"}
SHOWN = an_object(
    {
        "id": ID,
        "name": NAME,
        "kind": {"enum": ["refreshed", "static", "list"]},
        "definition": {
            "anyOf": [reference("Membership"), {"type": "null"}],
            "description": "null for a list.",
        },
        "refreshMinutes": MINUTES,
        "size": {
            "type": ["integer", "null"],
            "description": "How many persons it had when it was worked out.",
        },
        "refreshedAt": {"type": ["string", "null"], "format": "date-time"},
        "failure": {
            "type": "string",
            "description": "Why it could not be worked out lately; empty if it was.",
        },
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
    }
)
GIVEN: dict[str, Schema] = {
    "name": NAME,
    "definition": reference("Membership"),
    "ids": IDS,
    "refreshMinutes": MINUTES,
}


def wish(*required: str, **more: Schema) -> Schema:
    return {**an_object({**more, **GIVEN}, required=required), "additionalProperties": False}


DEFINITION: dict[str, Any] = {
    "or": [{"did": "purchase", "atLeast": 1, "days": 30}, {"field": "profile.plan", "value": "pro"}]
}
COHORT_SHOWN: dict[str, Any] = {
    "id": "customers",
    "name": "Customers",
    "kind": "refreshed",
    "definition": DEFINITION,
    "refreshMinutes": 60,
    "size": 12,
    "refreshedAt": "2024-05-31T13:45:00+00:00",
    "failure": "",
    "createdAt": "2024-05-31T13:45:00+00:00",
    "updatedAt": "2024-05-31T13:45:00+00:00",
}
PEOPLE = an_object(
    {
        "people": {
            **a_list(an_object({"id": TEXT, "kind": {"enum": ["profile", "device"]}})),
            "description": cohorts.DEFINITIONS["people"],
        },
        "next": {**TEXT, "description": cohorts.DEFINITIONS["next"]},
    }
)
ONE = Parameter("cohort_id", "The cohort's id.", {"type": "string", "minLength": 1}, "customers", where="path")
LIMIT = given.whole("limit", "How many rows.", 1, cohorts.MOST_ROWS, cohorts.DEFAULT_LIMIT)
NEXT = Parameter("cursor", "The next of the page before.", TEXT, "")
ERRORS = (401, 403, 404, 429, 503)
BY_BODY = (400, *ERRORS, 413, 504)
EXAMPLES = {"a cohort": COHORT_SHOWN}


def operation(id: str, summary: str, description: str, answer: Answer, status: int = 200, **more: Any) -> Operation:
    known = {"errors": ERRORS, "parameters": (PROJECT, ONE)}
    return Operation(
        id=id,
        tag="insights",
        summary=summary,
        description=description,
        answers={status: answer},
        **known | more,
    )


OPERATIONS = {
    "Cohorts.get": operation(
        "cohorts",
        "All cohorts",
        "By name.",
        Answer(a_list(SHOWN), {"cohorts": [COHORT_SHOWN]}),
        parameters=(PROJECT,),
    ),
    "Cohorts.post": operation(
        "makeCohort",
        "Make a cohort",
        "A saved set of persons, which filters and dimensions may name; a client of type root may make it.",
        Answer(SHOWN, EXAMPLES),
        201,
        parameters=(PROJECT,),
        errors=BY_BODY,
        body=wish("name", id=ID),
        bodies={
            "by behaviour": {"name": "Customers", "definition": DEFINITION},
            "a list": {"name": "Testers", "ids": ["42"]},
        },
    ),
    "OneCohort.get": operation("cohort", "One cohort", "What it is and how many are in it.", Answer(SHOWN, EXAMPLES)),
    "OneCohort.put": operation(
        "putCohort",
        "Make or replace a cohort",
        "Under the id in the address.",
        Answer(SHOWN, EXAMPLES),
        errors=BY_BODY,
        body=wish("name"),
        bodies={"everything said": {"name": "Customers", "definition": DEFINITION, "refreshMinutes": 60}},
    ),
    "OneCohort.patch": operation(
        "changeCohort",
        "Change a part of a cohort",
        "What is not named stays.",
        Answer(SHOWN, EXAMPLES),
        errors=BY_BODY,
        body=wish(),
        bodies={"another name": {"name": "Customers"}},
    ),
    "OneCohort.delete": operation(
        "deleteCohort",
        "Delete a cohort",
        "The answer is what it was; filters that name it are refused from now on.",
        Answer(SHOWN, EXAMPLES),
    ),
    "CohortRefresh.post": operation(
        "refreshCohort",
        "Work out a cohort again",
        "Questions see the new members all at once.",
        Answer(SHOWN, EXAMPLES),
        errors=(400, *ERRORS, 504),
    ),
    "CohortPeople.get": operation(
        "cohortPeople",
        "Who is in a cohort",
        "Its members as the persons that they are now.",
        Answer(with_query(PEOPLE), {"a page": {"people": [{"id": "42", "kind": "profile"}], "next": ""}}),
        parameters=(PROJECT, ONE, LIMIT, NEXT, *given.OF_ALL),
        errors=(400, *ERRORS, 504),
        has_tag=True,
    ),
}
