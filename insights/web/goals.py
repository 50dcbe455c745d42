"""Goals: how many visitors did an event or saw a page, how often, and for how much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose, join
from insights.asking.fields import Subject
from insights.asking.filter_reading import shown
from insights.asking.filters import Condition, filters_sql
from insights.asking.groupings import Groupings, labels_of, named, of_events, read_groupings, source
from insights.asking.metrics import OF_GOALS, definitions, numbers
from insights.asking.parameters import Given
from insights.asking.scope import Scope

DEFINITIONS = definitions(OF_GOALS) | {"goal": "The goal's name or path, as it was given."}
MOST_GOALS = 20
LONGEST = 2000


@dataclass(frozen=True)
class Goal:
    """An event by its name, a page by its path, in which `*` stands for any text, or an event on such a page."""

    name: str = ""
    path: str = ""
    filters: tuple[Condition, ...] = ()

    @property
    def label(self) -> str:
        return self.name or self.path

    def met(self, subject: Subject, prefix: str) -> Sql:
        """The goal as a condition on a row of `events`."""
        parts = [filters_sql(self.filters, subject, prefix)] if self.filters else []
        if self.path:
            like = {f"{prefix}Path": like_of(self.path)}
            parts.append(Sql(f"events.path LIKE {{{prefix}Path:String}}", like))
        if self.name:
            parts.append(Sql(f"events.name = {{{prefix}Name:String}}", {f"{prefix}Name": self.name}))
        else:
            parts.append(Sql("events.isScreenView = 1"))
        return join(parts)


def like_of(path: str) -> str:
    """The path as a pattern of LIKE: what LIKE would take for its own signs is taken for itself."""
    for sign in ("\\", "%", "_"):
        path = path.replace(sign, f"\\{sign}")
    return path.replace("*", "%")


@dataclass(frozen=True)
class Params:
    scope: Scope
    goals: tuple[Goal, ...]
    by: tuple[str, ...] = ()
    groupings: Groupings = field(default=Groupings(), repr=False)


def read(given: Given) -> Params:
    scope = given.scope()
    asked = given.items("goals")
    goals = [read_goal(given, one, f"goals[{at}]") for at, one in enumerate(asked[: MOST_GOALS + 1])]
    if not 1 <= len(asked) <= MOST_GOALS:
        given.problem("goals", f'Give 1 to {MOST_GOALS} goals, each an event name, a path or {{"name", "filters"}}.')
    groupings = read_groupings(given, scope, "by")
    return Params(scope, tuple(one for one in goals if one), groupings.names, groupings)


def read_goal(given: Given, raw: object, name: str) -> Goal | None:
    """A goal as an object, or as a text: what begins with a slash is a path, all else a name."""
    if isinstance(raw, str):
        raw = {"path" if raw.startswith("/") else "name": raw}
    if not isinstance(raw, dict) or not set(raw) <= {"name", "path", "filters"} or not ({"name", "path"} & set(raw)):
        given.problem(name, 'A goal is an event name, a path ("/blog/*"), or {"name" or "path", "filters"}.')
        return None
    for part in ("name", "path"):
        text = raw.get(part, "-")
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST:
            given.problem(f"{name}.{part}", f"{shown(text)} is no {part}; allowed: 1 to {LONGEST} characters.")
            return None
    return Goal(raw.get("name", ""), raw.get("path", ""), given.filter_list(raw.get("filters"), f"{name}.filters"))


# One event may reach several goals, so each is counted by itself, in the one pass over the events.
SQL = """
SELECT
    $aliases
    goal,
    conversions,
    convertedVisitors,
    conversionRevenue,
    convertedVisitors * 100 / everybody AS conversionRate
FROM (
    SELECT
        $values
        $visitors AS everybody,
        [$times] AS timesOf,
        [$converted] AS visitorsOf,
        [$revenue] AS revenueOf
    FROM $source
    WHERE $events AND $filters
    $grouped
)
ARRAY JOIN
    arrayEnumerate(timesOf) AS goal,
    timesOf AS conversions,
    visitorsOf AS convertedVisitors,
    revenueOf AS conversionRevenue
WHERE conversions > 0
ORDER BY goal, convertedVisitors DESC, conversions DESC $ties
LIMIT {limit:UInt64} OFFSET {offset:UInt64} BY goal
"""


def goals_sql(params: Params) -> Sql:
    scope, groupings = params.scope, params.groupings
    met = [goal.met(scope.subject(), f"goal{at}_") for at, goal in enumerate(params.goals)]
    by = groupings.aliases
    return compose(
        SQL,
        {"limit": scope.limit, "offset": scope.offset} if by else {"limit": 1, "offset": 0},
        aliases=compose("$by,", by=by) if by else Sql(""),
        values=compose("$values,", values=of_events(groupings, scope)) if by else Sql(""),
        grouped=compose("GROUP BY $by", by=by) if by else Sql(""),
        ties=compose(", $by", by=by) if by else Sql(""),
        visitors=scope.visitors(),
        times=join((compose("countIf($met)", met=one) for one in met), ", "),
        converted=join((scope.visitors_if(one) for one in met), ", "),
        revenue=join((compose("sumIf(events.revenue, $met)", met=one) for one in met), ", "),
        source=source(groupings, scope),
        events=scope.events(),
        filters=scope.matching(),
    )


def shape(rows: Sequence[Mapping[str, Any]], params: Params) -> list[dict[str, Any]]:
    """With dimensions the groups in which a goal was reached, without any a row for each goal."""
    scope, groupings, goals = params.scope, params.groupings, params.goals
    if params.by:
        labels = labels_of(groupings, scope)
        return [
            {"goal": goals[row["goal"] - 1].label, **named(row, groupings, labels), **numbers(row, OF_GOALS)}
            for row in rows
        ]
    found = {row["goal"]: row for row in rows}
    everyone = [{"goal": goal.label, **numbers(found.get(at, {}), OF_GOALS)} for at, goal in enumerate(goals, 1)]
    return everyone[scope.offset : scope.offset + scope.limit]


def answer(params: Params) -> list[dict[str, Any]]:
    return shape(client.query(goals_sql(params), comment=f"{params.scope.project}:goals"), params)
