"""Filters as a request gives them: read and checked, with words for what is wrong that say what is allowed."""

from collections.abc import Callable
from typing import cast

from eventlens.clickhouse import client
from eventlens.clickhouse.errors import QueryRejected
from eventlens.clickhouse.sql import Sql
from insights.asking.fields import COHORT, FIELDS_ALLOWED, is_field
from insights.asking.filters import (
    COHORT_OPERATORS,
    OPERATORS,
    PATTERN_OPERATORS,
    Combined,
    Condition,
    Filter,
    Value,
    fields_of,
)

MOST_FILTERS = 50
MOST_DEPTH = 5
COMBINATIONS = ("and", "or", "not")
MOST_VALUES = 1000
LARGEST = 1e300
CHECK = "SELECT match('', {pattern:String})"


LONGEST_SHOWN = 80

Complain = Callable[[str, str], None]  # the field's name, what is wrong


def shown(value: object) -> str:
    """A wrong value as a message repeats it: short, whatever was sent."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def read_list(raw: object, name: str, complain: Complain) -> tuple[Condition, ...]:
    """All conditions of a decoded list; `name` says where it stood."""
    if not isinstance(raw, list):
        complain(name, f"{name} must be a list of at most {MOST_FILTERS} {{field, operator, value}}.")
        return ()
    read = [read_condition(one, f"{name}[{index}]", complain) for index, one in enumerate(raw[: MOST_FILTERS + 1])]
    found = tuple(one for one in read if one is not None)
    if len(raw) > MOST_FILTERS or sum(len(list(fields_of(one))) for one in found) > MOST_FILTERS:
        complain(name, f"{name} holds too many filters; at most {MOST_FILTERS} are allowed.")
    return found


def read_condition(raw: object, name: str, complain: Complain, depth: int = 1) -> Condition | None:
    """One filter, or several under `and`, `or` or `not`; None if something is wrong with it."""
    if isinstance(raw, dict) and len(raw) == 1 and (kind := next(iter(raw))) in COMBINATIONS:
        return read_combined(kind, raw[kind], f"{name}.{kind}", complain, depth)
    if not isinstance(raw, dict) or not set(raw) <= {"field", "operator", "value"}:
        complain(
            name,
            'A filter is an object like {"field": "path", "operator": "eq", "value": "/"}, '
            'or {"or": [filters]}, {"and": [filters]}, {"not": filter}.',
        )
        return None
    return read_filter(raw, name, complain)


def read_combined(kind: str, raw: object, name: str, complain: Complain, depth: int) -> Condition | None:
    parts = [raw] if kind == "not" else raw
    if not isinstance(parts, list) or not 1 <= len(parts) <= MOST_FILTERS or depth > MOST_DEPTH:
        complain(
            name, f"{name} needs {'a filter' if kind == 'not' else 'a list of filters'}, at most {MOST_DEPTH} deep."
        )
        return None
    wheres = [name] if kind == "not" else [f"{name}[{index}]" for index in range(len(parts))]
    read = [read_condition(one, where, complain, depth + 1) for one, where in zip(parts, wheres, strict=True)]
    return Combined(kind, tuple(one for one in read if one is not None)) if all(read) else None


def read_filter(raw: dict[str, object], name: str, complain: Complain) -> Filter | None:
    field, operator, value = raw.get("field"), raw.get("operator", "eq"), raw.get("value")
    if not is_field(field):
        complain(f"{name}.field", f"There is no field {shown(field)}; allowed: {FIELDS_ALLOWED}.")
    elif not isinstance(operator, str) or operator not in OPERATORS:
        complain(f"{name}.operator", f"There is no operator {shown(operator)}; allowed: {', '.join(OPERATORS)}.")
    elif field == COHORT and operator not in COHORT_OPERATORS:
        complain(f"{name}.operator", f"Of a cohort only these can be asked: {', '.join(COHORT_OPERATORS)}.")
    elif wrong := problem_of_value(operator, value) or problem_of_pattern(operator, value):
        complain(f"{name}.value", wrong)
    else:
        return Filter(str(field), operator, cast("Value", tuple(value) if isinstance(value, list) else value))
    return None


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
        client.query(Sql(CHECK, {"pattern": str(value)}))
    except QueryRejected:
        return "This is no regular expression in RE2 syntax; see https://github.com/google/re2/wiki/Syntax."
    return ""
