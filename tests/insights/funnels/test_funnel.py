"""Funnels: in order, strictly, in any order; ties, repeats, windows; by person and by session."""

from collections.abc import Sequence
from typing import Any

import pytest

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from insights.asking.filters import Filter
from insights.funnels import funnel
from insights.funnels.funnel import Params
from insights.funnels.steps import Step
from tests.insights.histories import DAY, HOUR, MINUTE, at, columns, new_project, scope, stored
from tests.insights.oracle import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

START = at("2024-01-10")


def history(*persons: str) -> list[Event]:
    """Each person's events as letters, a second apart; what stands in brackets happens at one time."""
    events: list[Event] = []
    for number, letters in enumerate(persons):
        second, tied = 0, False
        for letter in letters:
            if letter in "()":
                tied = letter == "("
                second += letter == ")"
                continue
            events.append(Event(START + second * 1000, letter, device=f"d{number}", order=len(events)))
            second += not tied
    return events


def params(project: str, steps: Sequence[str | Step], window: int = DAY, **how: Any) -> Params:
    named = tuple(step if isinstance(step, Step) else Step(step) for step in steps)
    return Params(scope(project, START, START + 30 * DAY), named, window, **how)


def counts(project: str, steps: Sequence[str | Step], window: int = DAY, **how: Any) -> list[int]:
    return [row["count"] for row in rows_of(params(project, steps, window, **how))]


def rows_of(asked: Params) -> list[dict[str, Any]]:
    rows = funnel.answer(asked)
    assert isinstance(rows, list)
    return rows


def test_an_empty_project_has_a_row_of_zeros_per_step() -> None:
    assert funnel.answer(params("nobody", "ab")) == [
        {
            "name": name,
            "count": 0,
            "conversion": 0,
            "conversionFromPrevious": 0,
            "dropOff": 0,
            "medianSeconds": 0,
        }
        for name in "ab"
    ]


def test_the_numbers_of_a_step() -> None:
    project = stored(history("abc", "aab", "a", "ba", "axxb"))

    assert funnel.answer(params(project, "abc")) == [
        {
            "name": "a",
            "count": 5,
            "conversion": 100,
            "conversionFromPrevious": 100,
            "dropOff": 0,
            "medianSeconds": 0,
        },
        {
            "name": "b",
            "count": 3,
            "conversion": 60,
            "conversionFromPrevious": 60,
            "dropOff": 2,
            "medianSeconds": 1,
        },
        {
            "name": "c",
            "count": 1,
            "conversion": 20,
            "conversionFromPrevious": pytest.approx(100 / 3),
            "dropOff": 2,
            "medianSeconds": 1,
        },
    ]


@pytest.mark.parametrize(
    ("letters", "steps", "reached"),
    [
        ("ab", "aab", 1),
        ("aab", "aab", 3),
        ("aba", "aba", 3),
        ("(ba)", "ab", 2),
        ("(ab)a", "aba", 3),
        ("a(ba)", "aba", 3),
        ("(aab)", "aba", 3),
        ("(ab)", "aba", 2),
        ("(cbaba)", "abcab", 5),
        ("(cbab)a", "abcab", 4),
    ],
)
def test_equal_times_count_in_favour_and_an_event_serves_one_step(letters: str, steps: str, reached: int) -> None:
    assert sum(counts(stored(history(letters)), steps)) == reached


def test_a_stale_first_step_does_not_hide_a_later_attempt() -> None:
    events = [
        Event(START, "a"),
        Event(START + HOUR, "a", order=1),
        Event(START + HOUR + MINUTE, "b", order=2),
    ]
    project = stored(events)

    assert counts(project, "ab", 10 * MINUTE) == [1, 1]
    assert rows_of(params(project, "ab"))[1]["medianSeconds"] == 60


def test_the_window_counts_from_the_first_step_and_its_end_belongs_to_it() -> None:
    events = [Event(START, "a"), Event(START + 500, "b", order=1), Event(START + 1000, "c", order=2)]
    project = stored(events)

    assert counts(project, "abc", 1000) == [1, 1, 1]
    assert counts(project, "abc", 999) == [1, 1, 0]


def test_strict_wants_no_other_event_between() -> None:
    project = stored(history("ab", "axb", "aab", "(xab)", "x(ax)(bx)", "a(xx)b"))

    assert counts(project, "ab", order="strict") == [6, 4]


def test_any_order_counts_distinct_steps() -> None:
    project = stored(history("ba", "cab", "aa", "x"))

    assert counts(project, "abc", order="any") == [3, 2, 1]


def test_the_questions_filters_and_the_steps_filters_apply() -> None:
    pro, free = {"plan": "pro"}, {"plan": "free"}
    project = stored(
        [
            Event(START, "a", country="DE", properties=pro),
            Event(START + 1, "b", country="KR", properties=pro, order=1),
            Event(START + 2, "b", country="DE", properties=free, order=2),
        ]
    )
    to_pro = Step("b", (Filter("properties.plan", "eq", "pro"),))

    assert counts(project, ["a", to_pro]) == [1, 1]
    german = Params(
        scope(project, START, START + DAY, filters=[Filter("country", "eq", "DE")]), (Step("a"), to_pro), DAY
    )
    assert [row["count"] for row in rows_of(german)] == [1, 0]


def test_by_session_an_attempt_ends_with_its_session() -> None:
    events = [
        Event(START, "a"),
        Event(START + MINUTE, "b", order=1),
        Event(START + 2 * HOUR, "a", order=2),
        Event(START + 4 * HOUR, "b", order=3),
    ]
    project = stored(events)

    assert counts(project, "ab", by="session") == [2, 1]
    assert counts(project, "ab", by="person") == [1, 1]


def test_by_session_an_event_that_no_rollup_has_seen_yet_joins_no_earlier_session() -> None:
    project = stored([Event(START, "a")])
    client.insert("events", columns(project, [Event(START + 2 * HOUR, "b")]), token=f"{project}late")

    assert counts(project, "ab", by="session") == [1, 0]


@pytest.mark.parametrize("order", ["ordered", "strict", "any"])
def test_twenty_equal_steps_are_answered(order: str) -> None:
    assert counts(stored(history("a" * 19)), "a" * 20, order=order) == [1] * 19 + [0]


A_MILLION = """
    INSERT INTO events (projectId, name, createdAt, deviceId)
    SELECT
        {project:String},
        if(number % 2, 'b', 'a'),
        toDateTime64('2024-01-10', 3, 'UTC') + toIntervalMillisecond(number),
        'busy'
    FROM numbers(1000000)
"""


@pytest.fixture(scope="module")
def busy(clickhouse_process: object) -> str:
    """A project whose one person has a million events."""
    project = new_project()
    client.command(Sql(A_MILLION, {"project": project}))
    return project


@pytest.mark.parametrize("order", ["ordered", "strict", "any"])
@pytest.mark.parametrize("steps", ["ab", "abab"])
def test_a_person_with_a_million_events_is_answered(busy: str, steps: str, order: str) -> None:
    assert counts(busy, steps, order=order) == [1] * len(steps)
