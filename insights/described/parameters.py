"""The parameters of questions as the API document shows them; allowed values are the tables that questions use."""

import re
from collections.abc import Iterable
from typing import Any

from eventlens.apidocs.operations import Parameter, Schema, a_list, an_object, reference
from insights.asking import parameters
from insights.asking.dimensions import OF_COHORT
from insights.asking.fields import COHORT as COHORT_FIELD
from insights.asking.fields import KEYED, NUMBER_FIELDS, TEXT_FIELDS
from insights.asking.filter_reading import COMBINATIONS, MOST_FILTERS, MOST_VALUES
from insights.asking.filters import OPERATORS
from insights.asking.vocabulary import (
    INTERVALS,
)

SCALAR: Schema = {"type": ["string", "number", "boolean"]}
KEYED_FIELDS = "|".join(re.escape(prefix) for prefix in KEYED)
KEYED_DIMENSIONS = f"^({KEYED_FIELDS}|{re.escape(OF_COHORT)})."
KEYED_ALLOWED = f"{', '.join(KEYED.values())}, {OF_COHORT}<id>"
ONE_FILTER: Schema = {
    **an_object(
        {
            "field": {
                "anyOf": [
                    {"enum": [*TEXT_FIELDS, *NUMBER_FIELDS, COHORT_FIELD]},
                    {"type": "string", "pattern": f"^({KEYED_FIELDS})."},
                ],
                "description": f"A column, or one of {', '.join(KEYED.values())}.",
            },
            "operator": {"enum": list(OPERATORS), "description": "eq unless told."},
            "value": {
                "anyOf": [SCALAR, {**a_list(SCALAR), "maxItems": MOST_VALUES}, {"type": "null"}],
                "description": "A list for in and nin, nothing for exists and notExists.",
            },
        },
        required=("field",),
    ),
    "additionalProperties": False,
}


def combination(kind: str) -> Schema:
    """An object like `{"or": [filters]}`."""
    parts = reference("Filter") if kind == "not" else {**a_list(reference("Filter")), "minItems": 1}
    return {**an_object({kind: parts}, required=(kind,)), "additionalProperties": False}


FILTERS_BY_NAME: dict[str, Schema] = {
    "FieldFilter": ONE_FILTER,
    **{f"{kind.title()}Filter": combination(kind) for kind in COMBINATIONS},
}
FILTER: Schema = {"anyOf": [reference(name) for name in FILTERS_BY_NAME]}
FILTERS: Schema = {**a_list(reference("Filter")), "maxItems": MOST_FILTERS}
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"enum": sorted(word for word in parameters.YES | parameters.NO if word)}
DATE: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d(T.+)?$"}


def choice(name: str, description: str, allowed: Iterable[str], example: str) -> Parameter:
    return Parameter(name, description, {"type": "string", "enum": list(allowed)}, example)


def choices(name: str, description: str, allowed: Iterable[str], example: list[str]) -> Parameter:
    several = {**a_list({"type": "string", "enum": list(allowed)}), "minItems": 1}
    return Parameter(name, f"{description} Several with commas.", several, example)


def whole(name: str, description: str, low: int, high: int, default: int) -> Parameter:
    schema = {"type": "integer", "minimum": low, "maximum": high, "default": default}
    return Parameter(name, description, schema, default)


def flag(name: str, description: str, *, is_on: bool = True) -> Parameter:
    return Parameter(name, description, FLAG, str(int(is_on)), in_body={"type": "boolean"}, body_example=is_on)


def json_text(schema: Schema) -> Schema:
    """JSON inside an address."""
    return {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}


def one_filter(field: str, operator: str, value: Any) -> tuple[str, list[dict[str, Any]]]:
    """As text in an address, and as it stands in a body."""
    text = f'[{{"field": "{field}", "operator": "{operator}", "value": "{value}"}}]'
    return text, [{"field": field, "operator": operator, "value": value}]


START = Parameter(
    "startDate",
    "The range's first day in the project's time zone, or an instant. Without it the range has "
    f"{parameters.DEFAULT_DAYS} days.",
    DATE,
    "2024-01-01",
)
END = Parameter("endDate", "The range's last day, or an instant; it counts. Without it, today.", DATE, "2024-01-31")
ADDRESS_FILTERS, BODY_FILTERS = one_filter("path", "startsWith", "/")
FILTER_LIST = Parameter(
    "filters",
    "Conditions that an event must all meet: a JSON list of {field, operator, value}.",
    json_text(FILTERS),
    ADDRESS_FILTERS,
    in_body=FILTERS,
    body_example=BODY_FILTERS,
)
LIMIT = whole("limit", "How many rows.", 1, parameters.MOST_ROWS, parameters.DEFAULT_LIMIT)
OFFSET = whole("offset", "After how many rows to begin.", 0, parameters.MOST_OFFSET, 0)
META = flag("meta", "1 wraps the answer as {data, query}: the question as understood, each number defined.")
TIMEZONE = Parameter(
    "timezone", "An IANA time zone to ask in, instead of the project's.", {"type": "string"}, "Europe/Berlin"
)
OF_ALL = (TIMEZONE, META)  # questions
SCOPE = (START, END, FILTER_LIST, LIMIT, OFFSET)

COMPARE = choice("compare", "previous adds the period of the same length before.", ("previous",), "previous")
INTERVAL = choice("interval", "The size of a bucket; day unless told.", INTERVALS, "week")
