"""Who is in a cohort, against an oracle: generated histories, behaviours, combinations, and joined persons."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from eventlens.clickhouse import client, people
from eventlens.clickhouse.sql import Sql, compose
from insights.asking.filters import Filter
from insights.asking.parameters import Given
from insights.cohorts import cohorts
from insights.cohorts import definition as cohort_definition
from insights.web import overview
from tests.generated import cases
from tests.insights import oracle
from tests.insights.cohorts import oracle as cohort_oracle
from tests.insights.cohorts.oracle import Did, Rule
from tests.insights.histories import DAY, HOUR, at, hashed, moment, scope, stored
from tests.insights.oracle import Event
from tests.insights.strategies import histories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

Asked = tuple[Any, Rule]  # as it is sent, and what it means
START = at("2024-03-06T00:00")
numbers = itertools.count()
FILTERS: list[tuple[list[dict[str, Any]], oracle.Test]] = [
    ([], oracle.anything),
    ([{"field": "country", "value": "DE"}], lambda event: event.country == "DE"),
    ([{"field": "path", "operator": "ne", "value": "/a"}], lambda event: event.path != "/a"),
]
PERIODS: list[tuple[dict[str, Any], int, int]] = [
    ({}, 0, 10**14),
    ({"startDate": "2024-03-07"}, START + DAY, 10**14),
    ({"endDate": "2024-03-06"}, 0, START + DAY),
    (
        {"startDate": "2024-03-06T01:00:00Z", "endDate": "2024-03-06T08:59:59.999Z"},
        START + HOUR,
        START + 9 * HOUR,
    ),
    ({"days": 1}, START + DAY, START + 2 * DAY),
    ({"days": 2}, START, START + 2 * DAY),
]


@st.composite
def behaviours(draw: Callable[..., Any]) -> Asked:
    kind = draw(st.sampled_from(["did", "did", "didNot", "firstDid"]))
    event = draw(st.sampled_from(["page_view", "click", "buy", "", "nothing"]))
    filters, matches = draw(st.sampled_from(FILTERS))
    period, low, high = draw(st.sampled_from(PERIODS))
    asked = {kind: event, "filters": filters, **period}
    if kind == "didNot":
        return asked, cohort_oracle.did(Did(event, low, high, 0, 0, matches=matches))
    if kind == "firstDid":
        return asked, cohort_oracle.did(Did(event, low, high, is_first=True, matches=matches))
    times, least, most = draw(
        st.sampled_from(
            [
                ({}, 1, 10**9),
                ({"atLeast": 2}, 2, 10**9),
                ({"atMost": 1}, 0, 1),
                ({"exactly": 2}, 2, 2),
                ({"atLeast": 1, "atMost": 3}, 1, 3),
            ]
        )
    )
    return {**asked, **times}, cohort_oracle.did(Did(event, low, high, least, most, matches=matches))


def together(children: st.SearchStrategy[Asked]) -> st.SearchStrategy[Asked]:
    def join(kind: str, parts: list[Asked]) -> Asked:
        sent = [one for one, _ in parts]
        return {kind: sent[0] if kind == "not" else sent}, cohort_oracle.combined(kind, [rule for _, rule in parts])

    return st.builds(join, st.sampled_from(["and", "or", "not"]), st.lists(children, min_size=1, max_size=3))


definitions = st.recursive(behaviours(), together, max_leaves=4)


def work_out(project: str, definition: Any, cohort: str = "c", *, is_linked: bool = False) -> int:
    now = moment(START + DAY + 13 * HOUR)
    values = Given({}, project, "UTC", now, is_linked=is_linked)
    part = cohort_definition.read(values, definition)
    values.check()
    assert part is not None
    return cohorts.work_out(cohorts.all_time(values), cohort, part, 30)


def stored_members(project: str) -> set[int]:
    sql = Sql("SELECT personKey FROM cohort_members WHERE projectId = {project:String}", {"project": project})
    return {row["personKey"] for row in client.query(sql)}


@cases(40)
@given(histories(START), definitions)
def test_members_are_those_of_the_oracle(store: "redis.Redis", events: list[Event], asked: Asked) -> None:
    definition, rule = asked
    project = stored(events)

    size = work_out(project, definition)

    expected = cohort_oracle.members(events, rule)
    assert stored_members(project) == {hashed(person) for person in expected}
    assert size == len(expected)


@cases(15)  # each reloads the dictionaries
@given(histories(START), definitions, st.sampled_from([{"d1": "u1"}, {"d1": "u1", "d2": "u1"}, {"d3": "u2"}]))
def test_what_joined_persons_did_together_counts(
    store: "redis.Redis", events: list[Event], asked: Asked, links: dict[str, str]
) -> None:
    definition, rule = asked
    project = stored(events)
    link(project, links)

    work_out(project, definition, is_linked=True)

    person_of = {f"d{device}": f"p{profile}" for device, profile in links.items()}
    expected = cohort_oracle.members(events, rule, person_of)
    assert stored_members(project) == {hashed(person) for person in expected}


@cases(25)
@given(histories(START), behaviours())
def test_as_a_filter_a_cohort_means_its_members(store: "redis.Redis", events: list[Event], asked: Asked) -> None:
    definition, rule = asked
    project = stored(events)
    work_out(project, definition)
    members = cohort_oracle.members(events, rule)

    for operator, wanted in (("eq", True), ("ne", False)):
        here = scope(project, START - DAY, START + 40 * DAY, filters=[Filter("cohort", operator, "c")])
        answer = overview.answer(overview.Params(here))

        expected = oracle.overview(
            events,
            START - DAY,
            START + 40 * DAY,
            lambda event, wanted=wanted: (event.person in members) is wanted,
        )
        assert answer.pop("revenue") == expected.pop("revenue")
        assert answer == pytest.approx(expected)


def link(project: str, links: dict[str, str]) -> None:
    rows = [("device", f"d{device}", device, f"p{profile}", profile) for device, profile in links.items()]
    client.insert(
        "persons",
        {
            "projectId": [project] * len(rows),
            "key": [hashed(key) for _, key, _, _, _ in rows],
            "kind": [kind for kind, *_ in rows],
            "id": [own for _, _, own, _, _ in rows],
            "person": [hashed(person) for *_, person, _ in rows],
            "personId": [profile for *_, profile in rows],
            "version": [1] * len(rows),
        },
        token=f"{project}{next(numbers)}",
    )
    people.refresh()


def test_a_member_who_is_joined_later_stays_a_member_under_the_new_name(store: "redis.Redis") -> None:
    events = [Event(START, "buy", device="d1"), Event(START + 1, device="d9", profile="u1", order=1)]
    project = stored(events)
    work_out(project, {"did": "buy"})

    link(project, {"d1": "u1"})

    here = scope(project, START, START + DAY, filters=[Filter("cohort", "eq", "c")], is_linked=True)
    sql = compose("SELECT eventId FROM events WHERE $all AND $met", all=here.events(), met=here.matching())
    assert len(client.query(sql)) == 2
