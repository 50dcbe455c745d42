"""Members of cohorts in plain Python: one person after another, without any code of the product."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.insights import oracle
from tests.insights.oracle import Event


@dataclass(frozen=True)
class Did:
    """How often between which times; of `first`, whether the earliest of all was then."""

    event: str
    low: int
    high: int
    least: int = 1
    most: int = 10**9
    is_first: bool = False
    matches: oracle.Test = oracle.anything


Rule = Callable[[Sequence[Event]], bool]


def did(one: Did) -> Rule:
    def holds(events: Sequence[Event]) -> bool:
        times = sorted(event.at for event in events if one.matches(event) and one.event in ("", event.name))
        if one.is_first:
            return bool(times) and one.low <= times[0] < one.high
        return one.least <= sum(one.low <= at < one.high for at in times) <= one.most

    return holds


def combined(kind: str, rules: Sequence[Rule]) -> Rule:
    if kind == "not":
        return lambda events: not rules[0](events)
    every = {"and": all, "or": any}[kind]
    return lambda events: every(rule(events) for rule in rules)


def members(events: Sequence[Event], rule: Rule, person_of: Mapping[str, str] | None = None) -> set[str]:
    """Persons by key, of those who have an event."""
    by_person: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_person[(person_of or {}).get(event.person, event.person)].append(event)
    return {person for person, theirs in by_person.items() if rule(theirs)}
