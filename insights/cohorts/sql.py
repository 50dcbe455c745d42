"""The SQL of cohorts, as it runs: who is a member, who is one now, and what is not needed any more."""

from collections.abc import Iterator, Sequence

from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking.fields import CURRENT_MEMBERS, Subject
from insights.asking.filters import Filter, filters_sql
from insights.cohorts.definition import Behaviour, Part, Together, behaviours, holds_idle

FILL = """
INSERT INTO cohort_members (projectId, cohortId, generation, personKey)
SELECT {project:String}, {cohort:String}, {generation:UInt64}, personKey
FROM ($everybody
)
WHERE $definition
"""

# Each person, with how often they did each of what is asked.
EVERYBODY = """
    SELECT $sums
    FROM (
        SELECT $counts
        FROM events
        WHERE projectId = {project:String} AND $relevant
        GROUP BY one$known
    )
    GROUP BY personKey"""

# Who did none of it may be a member, too: all who ever did anything, or of whom anything is known.
KNOWN = """
        UNION ALL
        SELECT $zeros
        FROM profiles FINAL
        WHERE projectId = {project:String}
        UNION ALL
        SELECT $zeros
        FROM group_members
        WHERE projectId = {project:String}"""

SIZE = """
SELECT count() AS size
FROM cohort_members
WHERE projectId = {project:String} AND cohortId = {cohort:String} AND generation = {generation:UInt64}
"""

NEWEST = """
SELECT max(generation) AS newest
FROM cohort_generations
WHERE projectId = {project:String} AND cohortId = {cohort:String}
"""

PEOPLE = """
SELECT DISTINCT $person AS someone
FROM cohort_members
WHERE $current
    AND cohort_members.cohortId = {cohort:String}
    AND someone > {after:UInt64}
ORDER BY someone
LIMIT {limit:UInt64}
"""

# Who has no event is known by a profile.
PROFILES = """
SELECT personKey AS someone, profileId AS id
FROM profiles FINAL
WHERE projectId = {project:String} AND personKey IN {keys:Array(UInt64)}
"""

# A question that began before a refresh may still read the generation before it, so that of young ones is kept.
STALE = """
generation < {before:UInt64}
    AND NOT has({young:Array(String)}, concat(projectId, ' ', cohortId))
    AND (projectId, cohortId, generation) NOT IN (
        SELECT projectId, cohortId, max(generation)
        FROM cohort_generations
        WHERE has({known:Array(String)}, concat(projectId, ' ', cohortId))
        GROUP BY projectId, cohortId
    )"""
ANY_STALE = "SELECT 1 AS found FROM $table WHERE $stale LIMIT 1"
DELETE_STALE = "DELETE FROM $table WHERE $stale"
TABLES = ("cohort_members", "cohort_generations")


def fill_sql(project: str, cohort: str, generation: int, definition: Part, subject: Subject) -> Sql:
    asked = list(behaviours(definition))
    idle = holds_idle(definition) is not False
    met = [met_sql(one, subject, f"behaviour{at}") for at, one in enumerate(asked)]
    everybody = compose(
        EVERYBODY,
        {"project": project},
        sums=Sql(", ".join(["one AS personKey", *(f"sum({name}) AS all_{name}" for name in names(asked))])),
        counts=join([compose("$person AS one", person=subject.person), *counts(asked, met)], ",\n            "),
        relevant=Sql("1") if idle else compose("($any)", any=join(met, " OR ")),
        known=known_sql(project, subject, names(asked)) if idle else Sql(""),
    )
    known = {"project": project, "cohort": cohort, "generation": generation}
    return compose(FILL, known, everybody=everybody, definition=part_sql(definition, asked, subject, "known"))


def names(asked: Sequence[Behaviour]) -> list[str]:
    """Columns: how often in the period, and how often before it where that matters."""
    return [f"done{at}" for at in range(len(asked))] + [
        f"earlier{at}" for at, one in enumerate(asked) if one.is_first
    ]


def counts(asked: Sequence[Behaviour], met: Sequence[Sql]) -> Iterator[Sql]:
    begun = "createdAt >= {{behaviour{at}Start:DateTime64(3, 'UTC')}}"
    for at in range(len(asked)):
        yield compose(f"countIf($met AND {begun.format(at=at)}) AS done{at}", started(asked, at), met=met[at])
    for at in (at for at, one in enumerate(asked) if one.is_first):
        yield compose(f"countIf($met AND NOT {begun.format(at=at)}) AS earlier{at}", started(asked, at), met=met[at])


def started(asked: Sequence[Behaviour], at: int) -> dict[str, object]:
    return {f"behaviour{at}Start": asked[at].start}


def known_sql(project: str, subject: Subject, columns: Sequence[str]) -> Sql:
    zeros = join([compose("$person AS one", person=subject.person), *(Sql(f"0 AS {one}") for one in columns)], ", ")
    return compose(KNOWN, {"project": project}, zeros=zeros)


def met_sql(one: Behaviour, subject: Subject, prefix: str) -> Sql:
    """An event that could count; of first ones, also those before the period."""
    ending = Sql(f"createdAt < {{{prefix}End:DateTime64(3, 'UTC')}}", {f"{prefix}End": one.end})
    parts = [filters_sql(one.filters, subject, f"{prefix}Filter"), ending]
    if not one.is_first:
        begun = f"createdAt >= {{{prefix}Start:DateTime64(3, 'UTC')}}"
        parts.append(Sql(begun, {f"{prefix}Start": one.start}))
    if one.event:
        parts.append(Sql(f"name = {{{prefix}Name:String}}", {f"{prefix}Name": one.event}))
    return compose("($parts)", parts=join(parts))


def part_sql(part: Part, asked: Sequence[Behaviour], subject: Subject, prefix: str) -> Sql:
    """A condition on a person's row; equal behaviours have equal counts, so the first of them will do."""
    if isinstance(part, Behaviour):
        return behaviour_sql(part, asked.index(part), prefix)
    if isinstance(part, Filter):
        return compose("($known)", known=filters_sql([part], subject, prefix))
    parts = [part_sql(one, asked, subject, f"{prefix}_{at}") for at, one in enumerate(part.parts)]
    return together_sql(part, parts)


def behaviour_sql(one: Behaviour, at: int, prefix: str) -> Sql:
    if one.is_first:
        return Sql(f"(all_done{at} > 0 AND all_earlier{at} = 0)")
    if one.most is None:
        return Sql(f"(all_done{at} >= {{{prefix}Least:UInt64}})", {f"{prefix}Least": one.least})
    between = f"(all_done{at} BETWEEN {{{prefix}Least:UInt64}} AND {{{prefix}Most:UInt64}})"
    return Sql(between, {f"{prefix}Least": one.least, f"{prefix}Most": one.most})


def together_sql(part: Together, parts: Sequence[Sql]) -> Sql:
    if part.kind == "not":
        return compose("NOT $part", part=parts[0])
    return compose("($parts)", parts=join(parts, f" {part.kind.upper()} "))


def people_sql(project: str, cohort: str, person: Sql, after: int, limit: int) -> Sql:
    """Who the members are now, each once, in the order of their keys."""
    known = {"project": project, "cohort": cohort, "after": after, "limit": limit}
    return compose(PEOPLE, known, person=person, current=CURRENT_MEMBERS)


def stale_sql(statement: str, table: str, known: Sequence[str], young: Sequence[str], before: int) -> Sql:
    """`known` and `young` are projects and cohorts with a space between."""
    stale = Sql(STALE, {"known": list(known), "young": list(young), "before": before})
    return compose(statement, table=Sql(table), stale=stale)
