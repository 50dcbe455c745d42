"""Filters on events: one row per operator, one meaning on every route."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking.fields import COHORT, Field, Operand, Subject, column, field

Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...] | None


@dataclass(frozen=True, eq=False)
class Filter:
    """A condition on an event: a field, an operator of OPERATORS and the value it compares with.

    Equal filters ask for the same: to Python true is 1, to an event it is a text.
    """

    field: str
    operator: str
    value: Value = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Filter) and self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def key(self) -> tuple[object, ...]:
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        return self.field, self.operator, tuple((isinstance(one, bool), one) for one in values)


@dataclass(frozen=True)
class Combined:
    """`and`: all of the parts; `or`: one of them; `not`: the opposite of its one part."""

    kind: str
    parts: tuple["Condition", ...]


Condition = Filter | Combined
Positive = Callable[[Operand, Value, str], Sql]


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


@dataclass(frozen=True)
class Operator:
    """`takes` says what the value must be: one, many (a list) or nothing.

    What is negated is the exact opposite: an event without the field, or a person without the trait, matches too.
    """

    positive: Positive
    takes: str
    is_negated: bool = False


OPERATORS: Mapping[str, Operator] = {
    "eq": Operator(equal, "one"),
    "ne": Operator(equal, "one", is_negated=True),
    "gt": Operator(ordered(">"), "one"),
    "gte": Operator(ordered(">="), "one"),
    "lt": Operator(ordered("<"), "one"),
    "lte": Operator(ordered("<="), "one"),
    "in": Operator(one_of, "many"),
    "nin": Operator(one_of, "many", is_negated=True),
    "contains": Operator(text_test("position($text, ?) > 0"), "one"),
    "notContains": Operator(text_test("position($text, ?) > 0"), "one", is_negated=True),
    "startsWith": Operator(text_test("startsWith($text, ?)"), "one"),
    "endsWith": Operator(text_test("endsWith($text, ?)"), "one"),
    "matches": Operator(text_test("match($text, ?)"), "one"),
    "exists": Operator(exists, "nothing"),
    "notExists": Operator(exists, "nothing", is_negated=True),
}
PATTERN_OPERATORS = ("matches",)
COHORT_OPERATORS = ("eq", "ne", "in", "nin")


def filters_sql(filters: Sequence[Condition], subject: Subject, prefix: str = "filter") -> Sql:
    """All filters as one condition on a row of `events`; `1` without any.

    `prefix` keeps the parameters of several lists in one query apart.
    """
    if not filters:
        return Sql("1")
    return join(condition(one, subject, f"{prefix}{index}") for index, one in enumerate(filters))


def condition(one: Condition, subject: Subject, prefix: str) -> Sql:
    if isinstance(one, Combined):
        return combined(one, [condition(part, subject, f"{prefix}_{at}") for at, part in enumerate(one.parts)])
    return placed(one, prefix, field(one.field, subject, prefix))


def placed(one: Filter, prefix: str, on: Field) -> Sql:
    operator = OPERATORS[one.operator]
    met = on.within(operator.positive(on.operand, one.value, prefix))
    return compose("NOT $met", met=met) if operator.is_negated else met


def combined(one: Combined, parts: Sequence[Sql]) -> Sql:
    if one.kind == "not":
        return compose("NOT ($part)", part=parts[0])
    return compose("($parts)", parts=join(parts, f" {one.kind.upper()} "))


def path_sql(filters: Sequence[Condition], path: str) -> Sql:
    """What the filters say of path alone as a condition on another column, a session's entry; `1` if nothing."""
    of_path = [one for one in filters if set(fields_of(one)) == {"path"}]
    if not of_path:
        return Sql("1")
    return join(on_path(one, path, f"{path}{at}") for at, one in enumerate(of_path))


def on_path(one: Condition, path: str, prefix: str) -> Sql:
    if isinstance(one, Combined):
        return combined(one, [on_path(part, path, f"{prefix}_{at}") for at, part in enumerate(one.parts)])
    return placed(one, prefix, Field(column(path)))


def fields_of(one: Condition) -> Iterator[str]:
    """The fields of all filters in it."""
    if isinstance(one, Filter):
        yield one.field
        return
    for part in one.parts:
        yield from fields_of(part)


def cohorts_of(conditions: Iterable[Condition]) -> Iterator[str]:
    """The ids of all cohorts that are named in them."""
    for one in conditions:
        if isinstance(one, Combined):
            yield from cohorts_of(one.parts)
        elif one.field == COHORT:
            yield from map(as_text, one.value if isinstance(one.value, tuple) else (one.value,))
