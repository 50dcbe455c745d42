"""The series of trends: what one of them counts, and how a request gives it."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_uppercase

from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking.dimensions import DIMENSIONS_ALLOWED, cohorts_among, dimension_sql, is_dimension
from insights.asking.fields import NUMBER_FIELDS, PROPERTY, Subject, field
from insights.asking.filter_reading import shown
from insights.asking.filters import Condition, filters_sql
from insights.asking.parameters import Given
from insights.trends.measures import MEASURES, MONEY, Measure, Part, Taken

MOST_SERIES = 20
LETTERS = ascii_uppercase[:MOST_SERIES]
ANY_EVENT = "*"
LONGEST = 2000
NUMBERS_ALLOWED = f"{', '.join(NUMBER_FIELDS)}, {PROPERTY}<key>"
KNOWN = {"event", "label", "filters", "measure", "property"}


@dataclass(frozen=True)
class Series:
    """What is counted: the events of a name, or of any, and a measure of them."""

    event: str
    measure: str = "total"
    property: str = ""
    filters: tuple[Condition, ...] = ()
    label: str = ""

    def counts_sessions(self) -> bool:
        return self.measure == "sessions"

    def how(self) -> Measure:
        return MEASURES[self.measure]

    def parts(self) -> tuple[Part, ...]:
        if self.property not in NUMBER_FIELDS:
            return self.how().parts
        return tuple(MONEY.get(part, part) for part in self.how().parts)

    def met(self, subject: Subject, prefix: str) -> Sql:
        """The events as a condition on a row of `events`."""
        parts = [filters_sql(self.filters, subject, f"{prefix}Filter")] if self.filters else []
        if self.event != ANY_EVENT:
            parts.append(Sql(f"events.name = {{{prefix}Name:String}}", {f"{prefix}Name": self.event}))
        return join(parts) if parts else Sql("1")

    def taken(self, subject: Subject, prefix: str) -> tuple[Mapping[Taken, Sql], Sql]:
        """What of a row the aggregates may take, and the condition that the row has it."""
        person: Mapping[Taken, Sql] = {"person": subject.person}
        if self.how().of == "any" and self.property not in NUMBER_FIELDS:
            text = dimension_sql(self.property, subject, prefix)
            return {"text": text}, compose("$text != ''", text=text)
        if not self.how().of:
            return person, Sql("1")
        on = field(self.property, subject, prefix).operand
        known: Mapping[Taken, Sql] = {
            "number": compose("assumeNotNull($number)", number=on.number),
            "money": Sql("events.revenue"),
            "text": on.text,
        }
        return known, compose("$present AND isNotNull($number)", present=on.present, number=on.number)


def read_series(given: Given, raw: object, name: str) -> Series | None:
    """A series as an object, or as the name of its event."""
    if isinstance(raw, str):
        raw = {"event": raw}
    if not isinstance(raw, dict) or not set(raw) <= KNOWN:
        given.problem(name, 'A series is an event name or an object like {"event": "buy", "measure": "unique"}.')
        return None
    texts = {part: raw.get(part, default) for part, default in (("event", ""), ("label", "-"), ("property", "-"))}
    for part, text in texts.items():
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST:
            given.problem(f"{name}.{part}", f"{shown(text)} is no {part}; allowed: 1 to {LONGEST} characters.")
            return None
    measure, property = raw.get("measure", "total"), raw.get("property", "")
    if wrong := problem_of_measure(measure):
        given.problem(f"{name}.measure", wrong)
    elif wrong := problem_of_property(measure, property):
        given.problem(f"{name}.property", wrong)
    given.check_cohorts(cohorts_among([property]), f"{name}.property")
    filters = given.filter_list(raw.get("filters"), f"{name}.filters")
    return Series(texts["event"], measure, property, filters, raw.get("label", texts["event"]))


def problem_of_measure(measure: object) -> str:
    known = isinstance(measure, str) and measure in MEASURES
    return "" if known else f"There is no measure {shown(measure)}; allowed: {', '.join(MEASURES)}."


def problem_of_property(measure: str, property: str) -> str:
    of = MEASURES[measure].of
    if not of:
        return f"The measure {measure} takes no property; leave it out." if property else ""
    if property in NUMBER_FIELDS or (property.startswith(PROPERTY) and property != PROPERTY):
        return ""
    if of == "number":
        return f"The measure {measure} needs a property with numbers; allowed: {NUMBERS_ALLOWED}."
    return "" if is_dimension(property) else f"distinct needs a property; allowed: revenue, {DIMENSIONS_ALLOWED}."
