"""Filters as a request gives them: read and checked, with words for what is wrong that say what is allowed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

from insights.asking import patterns
from insights.asking.fields import COHORT, FIELDS_ALLOWED, is_field
from insights.asking.filters import (
    COHORT_OPERATORS,
    OPERATORS,
    PATTERN_OPERATORS,
    Combined,
    Condition,
    Filter,
    Value,
    as_text,
)

MOST_FILTERS = 50
MOST_IN_ALL = 100
MOST_DEPTH = 5
COMBINATIONS = ("and", "or", "not")
MOST_VALUES = 1000
LARGEST = 1e300
LONGEST_SHOWN = 80

Complain = Callable[[str, str], None]  # the field's name, what is wrong


def shown(value: object) -> str:
    """A wrong value as a message repeats it: short, whatever was sent."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


@dataclass
class FilterReader:
    """Reads the filter lists of one request.

    They are counted before they are read, and together: each costs time, and a pattern a look at ClickHouse.
    """

    complain: Complain
    left: int = MOST_IN_ALL
    patterns: list[tuple[str, str]] = field(default_factory=list)  # where each stood, and its text

    def read_list(self, raw: object, name: str) -> tuple[Condition, ...]:
        """All conditions of a decoded list; `name` says where it stood."""
        if not isinstance(raw, list):
            self.complain(name, f"{name} must be a list of at most {MOST_FILTERS} {{field, operator, value}}.")
            return ()
        if not self.may_have(raw, name):
            return ()
        read = [self.read_condition(one, f"{name}[{index}]") for index, one in enumerate(raw)]
        return tuple(one for one in read if one is not None)

    def may_have(self, raw: list[object], name: str) -> bool:
        single = (leaf for one in raw for leaf in leaves(one))
        count = sum(1 for _ in islice(single, MOST_FILTERS + 1))
        if count > MOST_FILTERS:
            self.complain(name, f"{name} holds too many filters; at most {MOST_FILTERS} are allowed.")
        elif count > self.left:
            self.complain(name, f"With {name} there are too many filters; {MOST_IN_ALL} are allowed in a request.")
        else:
            self.left -= count
            return True
        return False

    def read_condition(self, raw: object, name: str, depth: int = 1) -> Condition | None:
        """One filter, or several under `and`, `or` or `not`; None if something is wrong with it."""
        if isinstance(raw, dict) and (kind := kind_of(raw)):
            return self.read_combined(kind, raw[kind], f"{name}.{kind}", depth)
        if not isinstance(raw, dict) or not set(raw) <= {"field", "operator", "value"}:
            self.complain(
                name,
                'A filter is an object like {"field": "path", "operator": "eq", "value": "/"}, '
                'or {"or": [filters]}, {"and": [filters]}, {"not": filter}.',
            )
            return None
        return self.read_filter(raw, name)

    def read_combined(self, kind: str, raw: object, name: str, depth: int) -> Condition | None:
        parts = [raw] if kind == "not" else raw
        if not isinstance(parts, list) or not parts or depth > MOST_DEPTH:
            needed = "a filter" if kind == "not" else "a list of filters"
            self.complain(name, f"{name} needs {needed}, at most {MOST_DEPTH} deep.")
            return None
        wheres = [name] if kind == "not" else [f"{name}[{index}]" for index in range(len(parts))]
        read = [self.read_condition(one, where, depth + 1) for one, where in zip(parts, wheres, strict=True)]
        return Combined(kind, tuple(one for one in read if one is not None)) if all(read) else None

    def read_filter(self, raw: dict[str, object], name: str) -> Filter | None:
        field, operator, value = raw.get("field"), raw.get("operator", "eq"), raw.get("value")
        if not is_field(field):
            self.complain(f"{name}.field", f"There is no field {shown(field)}; allowed: {FIELDS_ALLOWED}.")
        elif not isinstance(operator, str) or operator not in OPERATORS:
            allowed = ", ".join(OPERATORS)
            self.complain(f"{name}.operator", f"There is no operator {shown(operator)}; allowed: {allowed}.")
        elif field == COHORT and operator not in COHORT_OPERATORS:
            self.complain(f"{name}.operator", f"Of a cohort only these can be asked: {', '.join(COHORT_OPERATORS)}.")
        elif wrong := problem_of_value(operator, value):
            self.complain(f"{name}.value", wrong)
        else:
            known = cast("Value", tuple(value) if isinstance(value, list) else value)
            if operator in PATTERN_OPERATORS:
                self.patterns.append((f"{name}.value", as_text(known)))
            return Filter(str(field), operator, known)
        return None

    def check_patterns(self) -> None:
        """Complain of those that are none, when all is read."""
        wrong = patterns.wrong_among(text for _, text in self.patterns)
        for name, text in self.patterns:
            if text in wrong:
                self.complain(name, patterns.WRONG)
        self.patterns.clear()


def kind_of(raw: dict[str, object]) -> str:
    """What the parts in it are combined by; empty if it is a filter, or nothing known."""
    kind = next(iter(raw), "")
    return kind if len(raw) == 1 and kind in COMBINATIONS else ""


def leaves(raw: object, depth: int = 1) -> Iterator[object]:
    """The single filters in it, whatever they are; what is nested too deeply, or holds none, counts as one."""
    kind = kind_of(raw) if isinstance(raw, dict) and depth <= MOST_DEPTH else ""
    parts = raw[kind] if isinstance(raw, dict) and kind else None
    if kind == "not":
        parts = [parts]
    if not isinstance(parts, list) or not parts:
        yield raw
        return
    for one in parts:
        yield from leaves(one, depth + 1)


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
