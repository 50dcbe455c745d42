"""What events are grouped by: any column, property, trait or group, each as one text for a row of events."""

from collections.abc import Callable, Iterable, Mapping

from eventlens.clickhouse.sql import Sql, compose
from insights.asking.fields import (
    COHORT,
    GROUP,
    GROUPS_OF_TYPE,
    PROFILE,
    PROPERTY,
    TEXT_FIELDS,
    TRAIT,
    Subject,
    members_sql,
)

DIMENSIONS_ALLOWED = f"{', '.join(TEXT_FIELDS)}, properties.<key>, profile.<trait>, group.<type>, cohort.<id>"

OF_COHORT = f"{COHORT}."

# Looked up in a list that is made once a query: a join would have to carry every row.
LOOKED_UP = "transform($person, ($known).1, ($known).2, '')"

TRAITS = """
    SELECT (groupArray(personKey) AS people, groupArray(value) AS values)
    FROM (
        SELECT profiles.personKey AS personKey, $trait AS value
        FROM profiles FINAL
        WHERE profiles.projectId = {project:String} AND mapContains(profiles.traits, $key)
        UNION ALL
        SELECT 0, ''
    )"""

# Who is in several groups of the type counts for the one joined last. The first row of a group tells when that was:
# each batch of events that name it adds another, until ClickHouse merges them.
GROUPS = """
    SELECT (groupArray(one), groupArray(value))
    FROM (
        SELECT one, argMax(joined, (since, joined)) AS value
        FROM (
            SELECT $person AS one, groupId AS joined, min(joinedAt) AS since
            FROM group_members
            WHERE group_members.projectId = {project:String} AND group_members.groupId IN ($ofType)
            GROUP BY one, joined
        )
        GROUP BY one
        UNION ALL
        SELECT 0, ''
    )"""


def property_of(key: str, subject: Subject, prefix: str) -> Sql:
    return Sql(f"events.properties[{{{prefix}Key:String}}]", {f"{prefix}Key": key})


def trait_of(key: str, subject: Subject, prefix: str) -> Sql:
    slot = Sql(f"{{{prefix}Key:String}}", {f"{prefix}Key": key})
    trait = compose(TRAIT, json=compose("profiles.traits[$slot]", slot=slot))
    known = compose(TRAITS, {"project": subject.project}, trait=trait, key=slot)
    return compose(LOOKED_UP, person=subject.person, known=known)


def group_of(kind: str, subject: Subject, prefix: str) -> Sql:
    of_type = compose(GROUPS_OF_TYPE, type=Sql(f"{{{prefix}Type:String}}", {f"{prefix}Type": kind}))
    known = compose(GROUPS, {"project": subject.project}, person=subject.person, ofType=of_type)
    return compose(LOOKED_UP, person=subject.person, known=known)


def of_cohort(cohort: str, subject: Subject, prefix: str) -> Sql:
    met = Sql(f"cohort_members.cohortId = {{{prefix}Key:String}}", {f"{prefix}Key": cohort})
    members = members_sql(subject, met)
    return compose("if($person IN ($members), 'in', 'out')", person=subject.person, members=members)


BY_PREFIX: Mapping[str, Callable[[str, Subject, str], Sql]] = {
    PROPERTY: property_of,
    PROFILE: trait_of,
    GROUP: group_of,
    OF_COHORT: of_cohort,
}


def dimension_sql(name: str, subject: Subject, prefix: str) -> Sql:
    """The value of a row of events, '' where there is none; raises KeyError for what is no dimension."""
    for start, keyed in BY_PREFIX.items():
        if name.startswith(start) and name != start:
            return keyed(name.removeprefix(start), subject, prefix)
    if name in TEXT_FIELDS:
        return Sql(f"toString(events.{name})")
    raise KeyError(name)


def is_dimension(name: object) -> bool:
    if not isinstance(name, str):
        return False
    return name in TEXT_FIELDS or (name.startswith(tuple(BY_PREFIX)) and name not in BY_PREFIX)


def cohorts_among(names: Iterable[object]) -> list[str]:
    """The ids of the cohorts among dimensions; who reads them has them checked."""
    return [one.removeprefix(OF_COHORT) for one in names if isinstance(one, str) and one.startswith(OF_COHORT)]
