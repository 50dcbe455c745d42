"""Filters on events: one row per operator, one meaning on every route."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eventlens.clickhouse.sql import Sql, compose, join

Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...] | None

TEXT_FIELDS = [
    "name",
    "path",
    "origin",
    "query",
    "title",
    "referrer",
    "referrerName",
    "referrerType",
    "channel",
    "utmSource",
    "utmMedium",
    "utmCampaign",
    "utmTerm",
    "utmContent",
    "country",
    "region",
    "city",
    "browser",
    "browserVersion",
    "os",
    "osVersion",
    "device",
    "brand",
    "model",
    "currency",
    "sdkName",
    "sdkVersion",
    "deviceId",
    "profileId",
    "sessionId",
    "eventId",
]
NUMBER_FIELDS = ["revenue"]
PROPERTY = "properties."
NOT_YET = ("profile.", "group.")
FIELDS_ALLOWED = f"{', '.join([*TEXT_FIELDS, *NUMBER_FIELDS])}, properties.<key>"
MOST_FILTERS = 50


@dataclass(frozen=True)
class Filter:
    """A condition on an event: a field, an operator of OPERATORS and the value it compares with."""

    field: str
    operator: str
    value: Value = None


@dataclass(frozen=True)
class Operand:
    """What a filter compares, in SQL.

    `number` is NULL where the field is none; `present` says whether the field holds anything; `comparable` whether
    its text may be compared: a column's empty text may, a property that is not there may not. `numeric` fields
    are equal to a number by value, others by its text (an id stays exact that way).
    """

    text: Sql
    number: Sql
    present: Sql
    comparable: Sql
    numeric: bool = False


def column(name: str) -> Operand:
    """A column of text, by its full name: an answer's own columns must not hide it."""
    return Operand(Sql(name), Sql(f"toFloat64OrNull({name})"), Sql(f"{name} != ''"), Sql("1"))


def operand(field: str, prefix: str) -> Operand:
    """Raises KeyError for what is no field."""
    if field.startswith(PROPERTY):
        key = {f"{prefix}Key": field.removeprefix(PROPERTY)}
        slot = f"{{{prefix}Key:String}}"
        there = Sql(f"mapContains(events.properties, {slot})", key)
        number = Sql(f"if(mapContains(events.numbers, {slot}), events.numbers[{slot}], NULL)", key)
        return Operand(Sql(f"events.properties[{slot}]", key), number, there, there, numeric=True)
    if field in NUMBER_FIELDS:
        there = Sql(f"events.{field} != 0")
        return Operand(
            Sql(f"toString(events.{field})"), Sql(f"toFloat64(events.{field})"), there, Sql("1"), numeric=True
        )
    if field in TEXT_FIELDS:
        return column(f"events.{field}")
    raise KeyError(field)


def as_number(value: object) -> float | None:
    """The value if it is a JSON number, else None: true and false are none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def as_text(value: Value) -> str:
    """A value as the properties' texts are written: true and false in small letters, whole numbers without a dot."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def number_compared(on: Operand, sign: str, number: float, prefix: str) -> Sql:
    return compose(f"ifNull($number {sign} {{{prefix}:Float64}}, 0)", {prefix: number}, number=on.number)


def equal(on: Operand, value: Value, prefix: str) -> Sql:
    number = as_number(value)
    if number is not None and on.numeric:
        return number_compared(on, "=", number, prefix)
    same = compose(f"$text = {{{prefix}:String}}", {prefix: as_text(value)}, text=on.text)
    return compose("($comparable AND $same)", comparable=on.comparable, same=same)


def ordered(sign: str) -> Callable[[Operand, Value, str], Sql]:
    """An operator that compares as numbers if its value is a JSON number, else as texts."""

    def condition(on: Operand, value: Value, prefix: str) -> Sql:
        number = as_number(value)
        if number is not None:
            return number_compared(on, sign, number, prefix)
        texts = compose(f"$text {sign} {{{prefix}:String}}", {prefix: as_text(value)}, text=on.text)
        return compose("($present AND $texts)", present=on.present, texts=texts)

    return condition


def one_of(on: Operand, value: Value, prefix: str) -> Sql:
    """Equal to one of them; the texts and the numbers among the values travel as one list each."""
    values = value if isinstance(value, tuple) else (value,)
    numbers = [number for one in values if on.numeric and (number := as_number(one)) is not None]
    texts = [as_text(one) for one in values if not (on.numeric and as_number(one) is not None)]
    return compose(
        f"(($comparable AND has({{{prefix}:Array(String)}}, $text))"
        f" OR ifNull(has({{{prefix}Numbers:Array(Float64)}}, $number), 0))",
        {prefix: texts, f"{prefix}Numbers": numbers},
        comparable=on.comparable,
        text=on.text,
        number=on.number,
    )


def text_test(test: str) -> Callable[[Operand, Value, str], Sql]:
    """An operator that tests the field's $text against the value, which stands in the test as `?`."""

    def condition(on: Operand, value: Value, prefix: str) -> Sql:
        tested = compose(test.replace("?", f"{{{prefix}:String}}"), {prefix: as_text(value)}, text=on.text)
        return compose("($comparable AND $tested)", comparable=on.comparable, tested=tested)

    return condition


def exists(on: Operand, value: Value, prefix: str) -> Sql:
    return on.present


def negated(condition: Callable[[Operand, Value, str], Sql]) -> Callable[[Operand, Value, str], Sql]:
    """The exact opposite: an event without the field matches too."""
    return lambda on, value, prefix: compose("NOT $condition", condition=condition(on, value, prefix))


@dataclass(frozen=True)
class Operator:
    """`takes` says what the value must be: one, many (a list) or nothing."""

    condition: Callable[[Operand, Value, str], Sql]
    takes: str


OPERATORS: Mapping[str, Operator] = {
    "eq": Operator(equal, "one"),
    "ne": Operator(negated(equal), "one"),
    "gt": Operator(ordered(">"), "one"),
    "gte": Operator(ordered(">="), "one"),
    "lt": Operator(ordered("<"), "one"),
    "lte": Operator(ordered("<="), "one"),
    "in": Operator(one_of, "many"),
    "nin": Operator(negated(one_of), "many"),
    "contains": Operator(text_test("position($text, ?) > 0"), "one"),
    "notContains": Operator(negated(text_test("position($text, ?) > 0")), "one"),
    "startsWith": Operator(text_test("startsWith($text, ?)"), "one"),
    "endsWith": Operator(text_test("endsWith($text, ?)"), "one"),
    "matches": Operator(text_test("match($text, ?)"), "one"),
    "exists": Operator(exists, "nothing"),
    "notExists": Operator(negated(exists), "nothing"),
}
PATTERN_OPERATORS = ("matches",)


def filters_sql(filters: Sequence[Filter], prefix: str = "filter") -> Sql:
    """All filters as one condition on a row of `events`; `1` without any.

    `prefix` keeps the parameters of several lists in one query apart.
    """
    if not filters:
        return Sql("1")
    return join(condition(one, f"{prefix}{index}") for index, one in enumerate(filters))


def condition(one: Filter, prefix: str) -> Sql:
    return OPERATORS[one.operator].condition(operand(one.field, prefix), one.value, prefix)


def entry_sql(filters: Sequence[Filter]) -> Sql:
    """The filters on path as a condition on a session's entry; `1` without any."""
    of_path = [one for one in filters if one.field == "path"]
    if not of_path:
        return Sql("1")
    return join(
        OPERATORS[one.operator].condition(column("entryPath"), one.value, f"entry{at}")
        for at, one in enumerate(of_path)
    )
