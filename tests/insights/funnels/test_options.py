"""What a funnel tells beside its steps: values, times, entering over time, the persons; and funnels of groups."""

from dataclasses import replace
from typing import Any

import pytest

from insights.asking import buckets
from insights.funnels import funnel
from insights.funnels import people as funnel_people
from insights.funnels.funnel import Params
from insights.funnels.people import PeopleParams
from insights.funnels.reading import Breakdown
from insights.funnels.steps import Exclusion, Step
from tests.insights.funnels.test_funnel import START, busy, history, params, rows_of
from tests.insights.groups import joined, stored_in_groups, typed
from tests.insights.histories import DAY, HOUR, MINUTE, moment, scope, stored
from tests.insights.oracle import Event
from tests.insights.senders import Senders

__all__ = ["busy"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]


def told(asked: Params) -> dict[str, Any]:
    answer = funnel.answer(asked)
    assert isinstance(answer, dict)
    return answer


def countries(*pairs: tuple[str, str]) -> list[Event]:
    """For each pair a person who takes step a in the one country and step b in the other."""
    events = []
    for number, (first, last) in enumerate(pairs):
        events += [Event(START, "a", f"d{number}", country=first, order=2 * number)]
        events += [Event(START + 1000, "b", f"d{number}", country=last, order=2 * number + 1)] if last else []
    return events


def values(answer: dict[str, Any]) -> list[tuple[str, list[int]]]:
    return [(row["value"], [step["count"] for step in row["steps"]]) for row in answer["breakdown"]]


MIXED = countries(("DE", "KR"), ("DE", ""), ("KR", "KR"), ("", "FR"), ("DE", "DE"))


def test_a_breakdown_is_by_the_first_steps_value_the_most_frequent_first() -> None:
    asked = params(stored(MIXED), "ab", breakdown=Breakdown("country"))

    assert values(told(asked)) == [("DE", [3, 2]), ("", [1, 1]), ("KR", [1, 1])]


def test_a_breakdown_may_be_by_the_value_of_the_last_step_taken() -> None:
    asked = params(stored(MIXED), "ab", breakdown=Breakdown("country", "last"))

    assert values(told(asked)) == [("DE", [2, 1]), ("KR", [2, 2]), ("FR", [1, 1])]


def test_values_beyond_the_limit_are_one_row_or_none() -> None:
    asked = params(stored(MIXED), "ab", breakdown=Breakdown("country", limit=1))

    assert values(told(asked)) == [("DE", [3, 2]), ("other", [2, 2])]
    assert told(asked)["breakdown"][1]["isOther"] is True
    assert values(told(replace(asked, breakdown=Breakdown("country", limit=1, other=False)))) == [("DE", [3, 2])]


def test_the_times_to_convert_have_mean_median_and_bins() -> None:
    waits = [1000, 2000, 2000, 11_000]
    events = [
        event
        for number, wait in enumerate(waits)
        for event in (Event(START, "a", f"d{number}"), Event(START + wait, "b", f"d{number}", order=1))
    ]

    [times] = told(params(stored(events), "ab", bins=2))["times"]

    assert times == {
        "fromStep": 1,
        "toStep": 2,
        "count": 4,
        "meanSeconds": 4,
        "medianSeconds": 2,
        "histogram": [
            {"fromSeconds": 1, "toSeconds": 6, "count": 3},
            {"fromSeconds": 6, "toSeconds": 11, "count": 1},
        ],
    }


def test_of_three_steps_the_whole_has_its_times_too() -> None:
    answer = told(params(stored(history("abc", "axbc")), "abc", bins=1))

    assert [(row["fromStep"], row["toStep"], row["meanSeconds"]) for row in answer["times"]] == [
        (1, 2, 1.5),
        (2, 3, 1),
        (1, 3, 2.5),
    ]


def test_a_person_enters_once_a_bucket_by_the_best_attempt() -> None:
    events = [
        Event(START, "a", order=1),
        Event(START + HOUR, "a", order=2),
        Event(START + HOUR + MINUTE, "b", order=3),
        Event(START + DAY, "a", order=4),
    ]
    here = scope(stored(events), START, START + 3 * DAY)
    days = buckets.buckets_of(here, "day")
    assert days is not None
    asked = Params(here, (Step("a"), Step("b")), HOUR, interval="day", buckets=days)

    assert told(asked)["series"] == [
        {"date": "2024-01-10", "counts": [1, 1], "conversion": 100, "complete": True},
        {"date": "2024-01-11", "counts": [1, 0], "conversion": 0, "complete": True},
        {"date": "2024-01-12", "counts": [0, 0], "conversion": 0, "complete": False},
    ]
    now = moment(START + DAY + HOUR - 1)
    assert [row["complete"] for row in told(replace(asked, now=now))["series"]] == [False, False, False]


def test_the_persons_at_a_step_and_lost_before_it_the_last_to_enter_first() -> None:
    events = [
        Event(START, "a", "x", "ada"),
        Event(START + 1, "b", "x", "ada", order=1),
        Event(START + 2, "a", "bobs-phone", order=2),
    ]
    asked = PeopleParams(scope(stored(events), START, START + DAY), (Step("a"), Step("b")), DAY)

    assert [row["id"] for row in funnel_people.answer(asked)] == ["bobs-phone", "ada"]
    assert funnel_people.answer(replace(asked, step=2)) == [
        {"id": "ada", "kind": "profile", "stepsTaken": 2, "enteredAt": moment(START), "lastStepAt": moment(START + 1)}
    ]
    assert [row["id"] for row in funnel_people.answer(replace(asked, step=2, outcome="lost"))] == ["bobs-phone"]


GROUPS = {"org1": ["g1"], "org2": ["g1", "g2"], "none": []}


def grouped(*events: tuple[str, str, str]) -> str:
    """Events as (name, device, key of GROUPS), a second apart; g1 and g2 are companies, t1 is a team."""
    happened = [Event(START + 1000 * at, name, device, order=at) for at, (name, device, _) in enumerate(events)]
    project = stored_in_groups(happened, [GROUPS[key] for _, _, key in events])
    typed(project, {"g1": "company", "g2": "company", "t1": "team"})
    joined(project, "member", ["g2", "t1"])
    return project


def test_a_group_takes_steps_by_whomever_and_an_event_without_one_is_of_its_persons_groups() -> None:
    project = grouped(("a", "x", "org1"), ("b", "y", "org1"), ("a", "member", "none"), ("b", "z", "none"))

    asked = params(project, "ab", by="group:company")

    assert [row["count"] for row in rows_of(asked)] == [2, 1]
    people = PeopleParams(asked.scope, asked.steps, asked.window, by=asked.by)
    assert [(row["id"], row["kind"]) for row in funnel_people.answer(people)] == [("g2", "group"), ("g1", "group")]


def test_an_event_that_names_groups_is_not_of_its_persons_other_ones() -> None:
    project = grouped(("a", "member", "org1"), ("b", "x", "org2"))

    assert [row["count"] for row in rows_of(params(project, "ab", by="group:company"))] == [1, 1]
    assert [row["count"] for row in rows_of(params(project, "ab", by="group:team"))] == [1, 0]


def test_a_joined_person_is_listed_by_one_id_and_broken_down_by_trait(senders: Senders, ask: Any) -> None:
    senders.send(
        {"name": "a", "deviceId": "phone", "timestamp": "2024-05-01T10:00:00Z"},
        {"type": "identify", "profileId": "ada", "deviceId": "phone", "plan": "pro"},
        {"name": "b", "profileId": "ada", "deviceId": "laptop", "timestamp": "2024-05-01T10:01:00Z"},
    )
    body = {"steps": ["a", "b"], "startDate": "2024-05-01", "endDate": "2024-05-02"}

    people = ask("/insights/shop/funnel/people", body={**body, "step": 2}).json()
    by_plan = ask("/insights/shop/funnel", body={**body, "breakdown": {"dimension": "profile.plan", "of": "person"}})

    assert [(row["id"], row["kind"]) for row in people] == [("ada", "profile")]
    assert values(by_plan.json()) == [("pro", [1, 1])]


@pytest.mark.parametrize("order", ["ordered", "strict", "any"])
def test_a_person_with_a_million_events_is_told_of_in_full(busy: str, order: str) -> None:
    here = scope(busy, START, START + DAY)
    hours = buckets.buckets_of(here, "hour") or ()
    steps = (Step("a"), Step("b"), Step("a"))

    answer = told(Params(here, steps, DAY, order, "person", (), Breakdown("country"), 2, "hour", hours))

    assert values(answer) == [("", [1, 1, 1])]
    assert [row["count"] for row in answer["times"]] == [1, 1, 1]
    assert answer["series"][0]["counts"] == [1, 1, 1]


@pytest.mark.parametrize("order", ["ordered", "strict", "any"])
def test_twenty_equal_steps_are_answered_with_an_exclusion(order: str) -> None:
    asked = params(stored(history("a" * 19)), "a" * 20, order=order, exclude=(Exclusion("x", (), 1, 20),))

    assert [row["count"] for row in rows_of(asked)] == [1] * 19 + [0]
