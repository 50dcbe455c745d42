"""The people behind a cell of retention."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.retention import people as retention_people
from insights.retention.people import Params
from tests.generated import cases
from tests.insights.conftest import Ask
from tests.insights.histories import HOUR, at, scope, stored
from tests.insights.links import as_linked, link, links
from tests.insights.oracle import Event
from tests.insights.retention import oracle as retention_oracle
from tests.insights.retention.begun import LATER, boundaries
from tests.insights.retention.oracle import Triangle
from tests.insights.senders import Senders
from tests.insights.strategies import questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]


def ask(
    project: str,
    start: int,
    end: int,
    cohort_date: str,
    period_number: int = 0,
    period: str = "day",
    zone: str = "UTC",
    is_linked: bool = False,
    page: tuple[int, int] = (100, 0),
    **how: Any,
) -> list[dict[str, Any]]:
    limit, offset = page
    asked = replace(scope(project, start, end, zone, limit=limit, offset=offset), is_linked=is_linked)
    cell = {"cohort_date": cohort_date, "period_number": period_number}
    return retention_people.answer(Params(asked, period, boundaries(asked, period), LATER, **cell, **how))


def visits(*days: str, device: str = "d", profile: str = "") -> list[Event]:
    return [Event(at(day) + 5 * HOUR, device=device, profile=profile, order=order) for order, day in enumerate(days)]


HISTORY = [
    *visits("2024-01-01", "2024-01-02", "2024-01-03", device="phone"),
    *visits("2024-01-01", "2024-01-03", device="laptop", profile="ann"),
    *visits("2024-01-02", "2024-01-03", device="late"),
]
RANGE = (at("2024-01-01"), at("2024-01-04"))
PHONE = {"id": "phone", "kind": "device", "periods": [0, 1, 2]}
ANN = {"id": "ann", "kind": "profile", "periods": [0, 2]}


def test_period_0_is_the_whole_cohort_the_most_faithful_first() -> None:
    assert ask(stored(HISTORY), *RANGE, "2024-01-01") == [PHONE, ANN]


def test_a_cell_has_those_who_came_back_in_it() -> None:
    project = stored(HISTORY)

    assert ask(project, *RANGE, "2024-01-01", 1) == [PHONE]
    assert ask(project, *RANGE, "2024-01-01", 1, mode="on_or_after") == [PHONE, ANN]


def test_a_list_has_pages() -> None:
    project = stored(HISTORY)

    assert ask(project, *RANGE, "2024-01-01", page=(1, 0)) == [PHONE]
    assert ask(project, *RANGE, "2024-01-01", page=(1, 1)) == [ANN]
    assert ask(project, *RANGE, "2024-01-01", page=(1, 2)) == []


def test_a_value_of_a_breakdown_has_its_own_cohort() -> None:
    project = stored([Event(at("2024-01-01"), device=country, country=country) for country in ("DE", "KR")])

    found = ask(project, *RANGE, "2024-01-01", breakdown="country", value="KR")

    assert [one["id"] for one in found] == ["KR"]


def test_the_other_values_of_a_breakdown_have_their_people_together() -> None:
    countries = ("DE", "DE", "DE", "KR", "KR", "FR", "US")
    project = stored(
        [
            Event(at("2024-01-01") + order, device=f"{country}{order}", country=country, order=order)
            for order, country in enumerate(countries)
        ]
    )

    by_country = {"breakdown": "country", "is_other": True}
    one, two, all_shown = (ask(project, *RANGE, "2024-01-01", top=top, **by_country) for top in (1, 2, 4))

    assert {person["id"] for person in one} == {"KR3", "KR4", "FR5", "US6"}
    assert {person["id"] for person in two} == {"FR5", "US6"}
    assert all_shown == []


def test_other_people_need_a_breakdown_and_no_value(ask: Ask) -> None:
    cell = {"startDate": "2024-01-01", "endDate": "2024-01-02", "cohortDate": "2024-01-01", "isOther": "1"}

    for wrong in ({}, {"breakdown": "country", "value": "DE"}):
        answer = ask("/insights/shop/retention/people", {**cell, **wrong})
        assert [one["field"] for one in answer.json()["details"]] == ["isOther"]
    assert ask("/insights/shop/retention/people", {**cell, "breakdown": "country"}).json() == []


def test_people_are_named_by_the_id_that_stands_for_them(ask: Ask, senders: Senders) -> None:
    senders.send(
        {"name": "a", "deviceId": "phone", "timestamp": "2024-01-01T10:00:00Z"},
        {"name": "b", "deviceId": "tablet", "profileId": "anna", "timestamp": "2024-01-02T10:00:00Z"},
        {"name": "c", "deviceId": "kiosk", "timestamp": "2024-01-01T10:00:00Z"},
    )
    senders.send(
        {"type": "identify", "profileId": "ann", "deviceId": "phone"},
        {"type": "alias", "profileId": "ann", "alias": "anna"},
    )

    answer = ask(
        "/insights/shop/retention/people",
        {"startDate": "2024-01-01", "endDate": "2024-01-02", "cohortDate": "2024-01-01"},
    )

    assert answer.json() == [
        {"id": "ann", "kind": "profile", "periods": [0, 1]},
        {"id": "kiosk", "kind": "device", "periods": [0]},
    ]


@cases(20)
@given(
    questions(),
    st.sampled_from(["day", "week"]),
    st.sampled_from(["on", "on_or_after"]),
    st.sampled_from(["first_ever", "first_in_range", "recurring"]),
    st.sampled_from([1, 2]),
    links,
    st.data(),
)
def test_every_cells_people_are_the_oracles(
    question: tuple[str, int, int, list[Event]],
    period: str,
    mode: str,
    cohort: str,
    minimum: int,
    linked: dict[str, str],
    data: Any,
) -> None:
    zone, start, end, events = question
    project = stored(events)
    link(project, linked)
    row = list(retention_oracle.periods(start, end, zone, period))
    asked = data.draw(st.integers(0, len(row) - 1))
    distance = data.draw(st.integers(0, len(row) - 1 - asked))

    day = row[asked].isoformat()
    rows = ask(
        project, start, end, day, distance, period, zone, bool(linked), mode=mode, cohort=cohort, minimum=minimum
    )

    triangle = Triangle(zone, period, mode, cohort, minimum=minimum)
    wanted = {
        one.person[1:]: sorted({0} | {at - asked for at in one.returned if at > asked})
        for one in retention_oracle.members(as_linked(events, linked), start, end, triangle)
        if one.cohort == asked and one.is_retained(distance, mode)
    }
    assert {one["id"]: one["periods"] for one in rows} == wanted
    lengths = [len(one["periods"]) for one in rows]
    assert lengths == sorted(lengths, reverse=True)


@cases(15)
@given(
    questions(),
    st.sampled_from(["on", "on_or_after"]),
    st.sampled_from(["first_ever", "first_in_range", "recurring"]),
    st.integers(1, 2),
    links,
    st.data(),
)
def test_every_cells_others_are_the_oracles(
    question: tuple[str, int, int, list[Event]], mode: str, cohort: str, top: int, linked: dict[str, str], data: Any
) -> None:
    zone, start, end, events = question
    project = stored(events)
    link(project, linked)
    row = list(retention_oracle.periods(start, end, zone, "week"))
    asked = data.draw(st.integers(0, len(row) - 1))
    distance = data.draw(st.integers(0, len(row) - 1 - asked))

    day = row[asked].isoformat()
    how = {"mode": mode, "cohort": cohort, "breakdown": "path", "top": top, "is_other": True}
    rows = ask(project, start, end, day, distance, "week", zone, bool(linked), **how)

    triangle = Triangle(zone, "week", mode, cohort, value=lambda event: event.path)
    members = list(retention_oracle.members(as_linked(events, linked), start, end, triangle))
    sizes = Counter(one.value for one in members)
    largest = sorted(sizes, key=lambda value: (-sizes[value], value))[:top]
    wanted = {
        one.person[1:]
        for one in members
        if one.cohort == asked and one.value not in largest and one.is_retained(distance, mode)
    }
    assert {one["id"] for one in rows} == wanted
