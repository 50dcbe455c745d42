"""What is wrong with a filter, in words that say what is allowed."""

from eventlens.clickhouse import client
from eventlens.clickhouse.errors import QueryRejected
from eventlens.clickhouse.sql import Sql
from insights.filters import (
    FIELDS_ALLOWED,
    NOT_YET,
    NUMBER_FIELDS,
    OPERATORS,
    PATTERN_OPERATORS,
    PROPERTY,
    TEXT_FIELDS,
)

MOST_VALUES = 1000
LARGEST = 1e300
CHECK = "SELECT match('', {pattern:String})"


def problem_of_field(field: object) -> str:
    """What is wrong with a field's name; empty if nothing is."""
    if not isinstance(field, str) or not field:
        return f"Name a field; allowed: {FIELDS_ALLOWED}."
    if field.startswith(NOT_YET):
        return f"Filters on {field.split('.')[0]}.… are not available yet; allowed: {FIELDS_ALLOWED}."
    if field in TEXT_FIELDS or field in NUMBER_FIELDS or (field.startswith(PROPERTY) and field != PROPERTY):
        return ""
    return f"There is no field {field[:80]!r}; allowed: {FIELDS_ALLOWED}."


def problem_of_value(operator: str, value: object) -> str:
    """What is wrong with a value for this operator; empty if nothing is."""
    takes = OPERATORS[operator].takes
    if takes == "nothing":
        return ""
    if takes == "one":
        return "" if is_scalar(value) else f"The operator {operator} needs one text, number, true or false."
    if not isinstance(value, list) or not value or not all(is_scalar(one) for one in value):
        return f"The operator {operator} needs a list of texts, numbers, true or false."
    return "" if len(value) <= MOST_VALUES else f"A list may have at most {MOST_VALUES} values."


def is_scalar(value: object) -> bool:
    if isinstance(value, int | float):
        return abs(value) <= LARGEST
    return isinstance(value, str)


def problem_of_pattern(operator: str, value: object) -> str:
    """What is wrong with a regular expression, as ClickHouse itself sees it; empty if nothing is."""
    if operator not in PATTERN_OPERATORS:
        return ""
    try:
        client.query(Sql(CHECK, {"pattern": str(value)}), comment="pattern")
    except QueryRejected:
        return "This is no regular expression in RE2 syntax; see https://github.com/google/re2/wiki/Syntax."
    return ""
