"""The persons of a funnel: who took a step, or was lost before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking.parameters import Given
from insights.asking.scope import Scope
from insights.funnels.attempts import taken_sql
from insights.funnels.reading import OF_GROUP, Params, read_attempts
from insights.funnels.rows import BLOCK
from insights.funnels.steps import MOST_STEPS
from insights.people import who

QUESTION = "funnel/people"
DEFINITIONS = {
    "kind": "profile or device, or group: what the id is of. Of a session it is its person's.",
    "stepsTaken": "How many steps the best attempt took.",
    "enteredAt": "When it took the first of them.",
    "lastStepAt": "When it took the last of them.",
}
OUTCOMES = {"reached": "length(taken) >= {step:UInt64}", "lost": "length(taken) + 1 = {step:UInt64}"}


@dataclass(frozen=True)
class PeopleParams(Params):
    """`step` is counted from 1; lost before it are those who took the step before, but not this one."""

    step: int = 1
    outcome: str = "reached"


def read(given: Given) -> PeopleParams:
    asked = read_attempts(given)
    outcome = given.choice("outcome", OUTCOMES, "reached")
    step = given.whole("step", 1, 1, MOST_STEPS)
    if outcome == "lost" and step == 1:
        given.problem("step", "Nobody is lost before the first step; ask for step 2 or a later one.")
    if asked["steps"] and step > len(asked["steps"]):
        given.problem("step", f"step cannot be {step}: there are {len(asked['steps'])} steps, counted from 1.")
    return PeopleParams(**asked, step=step, outcome=outcome)


SQL = """
SELECT $shown, length(taken) AS steps, taken[1] AS entered, taken[-1] AS last
FROM ($attempts
)
WHERE notEmpty(taken) AND $outcome
ORDER BY entered DESC, who, last
$page
"""

OF_PERSON = Sql("who, own AS id, if(isProfile, 'profile', 'device') AS kind")
OF_GROUPS = Sql("entity AS who, entity AS id, 'group' AS kind")


def people_sql(params: PeopleParams) -> Sql:
    by_group = params.by.startswith(OF_GROUP)
    return compose(
        SQL,
        {"step": params.step},
        shown=OF_GROUPS if by_group else OF_PERSON,
        attempts=taken_sql(params, owner=not by_group),
        outcome=Sql(OUTCOMES[params.outcome]),
        page=params.scope.page(),
    )


def shape(rows: Sequence[Mapping[str, Any]], names: Mapping[int, str], params: PeopleParams) -> list[dict[str, Any]]:
    return [
        {
            "id": names.get(row["who"], row["id"]),
            "kind": "profile" if row["who"] in names else row["kind"],
            "stepsTaken": row["steps"],
            "enteredAt": moment(row["entered"], params.scope),
            "lastStepAt": moment(row["last"], params.scope),
        }
        for row in rows
    ]


def moment(time: int, scope: Scope) -> datetime:
    return (scope.start + timedelta(milliseconds=time - 1)).astimezone(scope.timezone)


def answer(params: PeopleParams) -> list[dict[str, Any]]:
    rows = client.query(people_sql(params), comment=f"{params.scope.project}:{QUESTION}", settings=BLOCK)
    by_group = params.by.startswith(OF_GROUP)
    names = {} if by_group else who.joined(params.scope, sorted({row["who"] for row in rows}), QUESTION)
    return shape(rows, names, params)
