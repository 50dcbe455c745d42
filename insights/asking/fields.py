"""What can be asked about: the columns of events, their properties, and what is known of their persons."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from eventlens.clickhouse.sql import Sql, compose

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
PROPERTY, PROFILE, GROUP = "properties.", "profile.", "group."
KEYED = {PROPERTY: "properties.<key>", PROFILE: "profile.<trait>", GROUP: "group.<type>"}
COHORT = "cohort"
FIELDS_ALLOWED = ", ".join([*TEXT_FIELDS, *NUMBER_FIELDS, COHORT, *KEYED.values()])


@dataclass(frozen=True)
class Subject:
    """Whose rows are looked at: the project, and the person of a row as an expression on its `personKey`."""

    project: str
    person: Sql


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


@dataclass(frozen=True)
class Field:
    """A field and where it is: `within` is a condition on a row of events around the one on the operand."""

    operand: Operand
    within: Callable[[Sql], Sql] = lambda met: met


def column(name: str) -> Operand:
    """A column of text, by its full name: an answer's own columns must not hide it."""
    return Operand(Sql(name), Sql(f"toFloat64OrNull({name})"), Sql(f"{name} != ''"), Sql("1"))


def number_column(name: str) -> Operand:
    return Operand(Sql(f"toString({name})"), Sql(f"toFloat64({name})"), Sql(f"{name} != 0"), Sql("1"), numeric=True)


def property_of(key: str, subject: Subject, prefix: str) -> Field:
    named = {f"{prefix}Key": key}
    slot = f"{{{prefix}Key:String}}"
    there = Sql(f"mapContains(events.properties, {slot})", named)
    number = Sql(f"if(mapContains(events.numbers, {slot}), events.numbers[{slot}], NULL)", named)
    return Field(Operand(Sql(f"events.properties[{slot}]", named), number, there, there, numeric=True))


# Traits are stored as JSON: a text has its quotes, everything else compares as it is written.
TRAIT = "if(startsWith($json, '\"'), JSONExtractString($json), $json)"

BY_PROFILE = """$person IN (
        SELECT profiles.personKey
        FROM profiles FINAL
        WHERE profiles.projectId = {project:String} AND $met
    )"""


def trait_of(key: str, subject: Subject, prefix: str) -> Field:
    """A trait of the row's person; who has no profile has none."""
    named = {f"{prefix}Key": key}
    slot = f"{{{prefix}Key:String}}"
    there = Sql(f"mapContains(profiles.traits, {slot})", named)
    number = Sql(f"if(mapContains(profiles.numbers, {slot}), profiles.numbers[{slot}], NULL)", named)
    text = compose(TRAIT, json=Sql(f"profiles.traits[{slot}]", named))
    operand = Operand(text, number, there, there, numeric=True)
    return Field(operand, around(BY_PROFILE, subject))


# The type of a group is the trait of that name which was set last.
GROUPS_OF_TYPE = """
            SELECT groupId
            FROM group_changes
            WHERE projectId = {project:String} AND key = 'type' AND kind = 'set'
            GROUP BY groupId
            HAVING JSONExtractString(argMax(value, (changedAt, receivedAt, eventId))) = $type"""

BY_GROUP = """$person IN (
        SELECT $person
        FROM group_members
        WHERE group_members.projectId = {project:String} AND group_members.groupId IN ($ofType
        ) AND $met
    )"""


def group_of(kind: str, subject: Subject, prefix: str) -> Field:
    """The id of a group of that type which the row's person is in; of several groups one is enough."""
    of_type = compose(GROUPS_OF_TYPE, type=Sql(f"{{{prefix}Type:String}}", {f"{prefix}Type": kind}))
    return Field(column("group_members.groupId"), around(BY_GROUP, subject, ofType=of_type))


# What is stored are keys of those who were persons when the cohort was worked out.
CURRENT_MEMBERS = Sql(
    """cohort_members.projectId = {project:String}
            AND (cohort_members.cohortId, cohort_members.generation) IN (
                SELECT cohortId, max(generation)
                FROM cohort_generations
                WHERE projectId = {project:String}
                GROUP BY cohortId
            )"""
)
MEMBERS = """
        SELECT $person
        FROM cohort_members
        WHERE $current
            AND $met
    """


def members_sql(subject: Subject, met: Sql) -> Sql:
    """The persons in the cohorts that meet a condition, as they are now."""
    return compose(MEMBERS, {"project": subject.project}, person=subject.person, current=CURRENT_MEMBERS, met=met)


def of_cohorts(subject: Subject) -> Field:
    """The id of a cohort that the row's person is in; of several cohorts one is enough."""
    return Field(
        column("cohort_members.cohortId"),
        lambda met: compose("$person IN ($members)", person=subject.person, members=members_sql(subject, met)),
    )


def around(template: str, subject: Subject, **slots: Sql) -> Callable[[Sql], Sql]:
    project = {"project": subject.project}
    return lambda met: compose(template, project, person=subject.person, met=met, **slots)


BY_PREFIX: Mapping[str, Callable[[str, Subject, str], Field]] = {
    PROPERTY: property_of,
    PROFILE: trait_of,
    GROUP: group_of,
}


def field(name: str, subject: Subject, prefix: str) -> Field:
    """Raises KeyError for what is no field; `prefix` keeps the parameters of several fields apart."""
    for start, keyed in BY_PREFIX.items():
        if name.startswith(start) and name != start:
            return keyed(name.removeprefix(start), subject, prefix)
    if name == COHORT:
        return of_cohorts(subject)
    if name in NUMBER_FIELDS:
        return Field(number_column(f"events.{name}"))
    if name in TEXT_FIELDS:
        return Field(column(f"events.{name}"))
    raise KeyError(name)


def is_field(name: object) -> bool:
    if not isinstance(name, str):
        return False
    if name in TEXT_FIELDS or name in NUMBER_FIELDS or name == COHORT:
        return True
    return name.startswith(tuple(KEYED)) and name not in KEYED
