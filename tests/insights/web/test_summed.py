"""Overview and time series from days that are summed up: the numbers of the rows, to the last digit."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from eventlens import changes, closed_days, short_memory
from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from insights.asking import closed, periods
from insights.asking.scope import Scope
from insights.asking.vocabulary import INTERVALS
from insights.web import listed, overview, timeseries
from tests.generated import cases
from tests.insights import oracle
from tests.insights.histories import DAY, HOUR, MINUTE, at, moment, new_project, scope
from tests.insights.links import as_linked, link, links
from tests.insights.oracle import Event
from tests.insights.summing import Story, arrived, asked_of, asked_raw, local_day, played, stories, summed_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

BERLIN = "Europe/Berlin"
FIRST = at("2024-03-28T00:00")
WEEK = ("2024-03-28", "2024-03-29", "2024-03-30", "2024-03-31", "2024-04-01")


@pytest.fixture(autouse=True)
def answering(store: "redis.Redis", monkeypatch: pytest.MonkeyPatch) -> None:
    """Persons are counted from bitmaps, whatever would be less work."""
    short_memory.Pause.until = 0.0
    monkeypatch.setattr(listed, "is_better", lambda _: False)


def metrics(asked: Scope) -> dict[str, Any]:
    return overview.answer(overview.Params(asked))


def series(asked: Scope, interval: str) -> list[dict[str, Any]]:
    found = periods.boundaries(INTERVALS[interval], asked.start, asked.end, asked.timezone, 1000) or []
    return timeseries.answer(timeseries.Params(asked, interval, tuple(found[:-1])))


def both(asked: Scope, interval: str) -> list[Any]:
    return [metrics(asked), series(asked, interval)]


def berlin(project: str, days: int = 5) -> Scope:
    start = local_day(BERLIN, WEEK[0]).start
    return scope(project, start, local_day(BERLIN, WEEK[days - 1]).end, BERLIN)


def view(when: int, device: str = "d1", **fields: Any) -> Event:
    return Event(when, path="/", device=device, **fields)


def test_what_is_summed_up_is_not_read_again(store: "redis.Redis") -> None:
    project = new_project()
    arrived(store, project, [view(FIRST), view(FIRST + HOUR, "d2", order=1)], "1")
    assert summed_up(store, project, BERLIN, *WEEK) == 5

    client.command(Sql("DELETE FROM events WHERE projectId = {project:String}", {"project": project}))

    assert metrics(berlin(project)) == {
        "uniqueVisitors": 2,
        "totalSessions": 2,
        "totalScreenViews": 2,
        "totalEvents": 2,
        "avgSessionDuration": 0,
        "bounceRate": 100,
        "viewsPerSession": 1,
        "revenue": 0,
    }
    assert [row["uniqueVisitors"] for row in series(berlin(project), "day")] == [2, 0, 0, 0, 0]


def test_a_late_event_counts_at_once_and_its_day_is_asked_raw(store: "redis.Redis") -> None:
    project = new_project()
    arrived(store, project, [view(FIRST)], "1")
    summed_up(store, project, BERLIN, *WEEK)

    arrived(store, project, [view(FIRST + DAY, "d2", order=1)], "2")

    assert metrics(berlin(project))["totalEvents"] == 2
    assert [day.start for day in closed.known(berlin(project))] == [
        local_day(BERLIN, one).start for one in (WEEK[0], *WEEK[2:])
    ]


def test_a_late_event_that_moves_a_sessions_start_changes_the_day_before(store: "redis.Redis") -> None:
    project, midnight = new_project(), local_day(BERLIN, WEEK[1]).start
    arrived(store, project, [view(midnight - 20 * MINUTE), view(midnight + 20 * MINUTE, order=1)], "1")
    summed_up(store, project, BERLIN, *WEEK)
    assert [row["totalSessions"] for row in series(berlin(project, 2), "day")] == [1, 1]

    arrived(store, project, [view(midnight, order=2)], "2")

    rows = series(berlin(project, 2), "day")
    assert [row["totalSessions"] for row in rows] == [1, 0]
    assert rows[0]["avgSessionDuration"] == 2400


def test_a_day_that_changes_while_it_is_summed_up_does_not_count(store: "redis.Redis") -> None:
    project = new_project()
    arrived(store, project, [view(FIRST)], "1")
    days = [local_day(BERLIN, one) for one in WEEK]
    closed_days.wait(store, project, days)

    changes.note(store, {project: [(FIRST + DAY, FIRST + DAY)]})

    generations = {day: number for number, day in enumerate(days, 1)}
    assert closed_days.settle(store, project, generations) == 4
    assert [day.mark for day in closed_days.summed(store, project)] == [1, 3, 4, 5]


def test_rows_that_are_not_where_they_should_be_are_summed_up_again(store: "redis.Redis") -> None:
    project = new_project()
    arrived(store, project, [view(FIRST)], "1")
    summed_up(store, project, BERLIN, *WEEK)
    store.set(closed_days.looked_key(project), "nothing is left")
    client.command(Sql("TRUNCATE TABLE day_numbers"))

    assert metrics(berlin(project))["totalEvents"] == 1
    assert closed_days.summed(store, project) == []
    assert not store.exists(closed_days.looked_key(project))


def summed_metrics(asked: Scope, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The overview, which must not be asked of the rows."""
    with monkeypatch.context() as patch:
        patch.setattr(overview, "overview_sql", lambda _: pytest.fail("It was asked of the rows."))
        answers = [metrics(asked)]
        patch.setattr(listed, "is_better", lambda _: True)
        answers.append(metrics(asked))
    assert answers[0] == answers[1]
    return answers[0]


@pytest.mark.parametrize("linked", [False, True])
def test_persons_of_days_and_of_what_is_open_are_counted_once(
    store: "redis.Redis", monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    project = new_project()
    seen = [[(0, "d1"), (0, "d2")], [(1, "d2"), (1, "d3")], [(2, "d1"), (2, "p1", "ada")], [(3, "d3"), (3, "d4")]]
    events = [
        view(FIRST + one[0] * DAY, one[1], profile=one[2] if len(one) > 2 else "", order=order)
        for order, one in enumerate(part for day in seen for part in day)
    ]
    arrived(store, project, events, "1")
    link(project, {"dd4": "ada", "dd2": "ada"} if linked else {})
    assert summed_up(store, project, BERLIN, *WEEK[:2], WEEK[4]) == 3

    asked = replace(berlin(project), is_linked=linked)
    answer = summed_metrics(asked, monkeypatch)

    # d1, d3, d4 and ada beside d2; linked, d2 and d4 are ada.
    assert answer["uniqueVisitors"] == (3 if linked else 5)
    assert [row["uniqueVisitors"] for row in series(asked, "week")] == [3 if linked else 5, 0]
    assert len(closed_days.summed(store, project)) == 3


def test_an_empty_day_beside_an_open_one_is_no_reason_to_ask_the_rows(
    store: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    project = new_project()
    arrived(store, project, [view(FIRST + 2 * DAY), view(FIRST + 2 * DAY + HOUR, "d2", order=1)], "1")
    assert summed_up(store, project, BERLIN, *WEEK[:2]) == 2

    for linked in (False, True):
        asked = replace(berlin(project), is_linked=linked)
        assert summed_metrics(asked, monkeypatch)["uniqueVisitors"] == 2
        assert [row["uniqueVisitors"] for row in series(asked, "day")] == [0, 0, 2, 0, 0]
    assert len(closed_days.summed(store, project)) == 2


@pytest.mark.parametrize(
    "amiss",
    [
        "DELETE FROM person_numbers WHERE projectId = {project:String}",
        "DELETE FROM person_numbers WHERE projectId = {project:String} AND key = xxHash64('dd1')",
        "INSERT INTO person_numbers SELECT projectId, number, key FROM person_numbers "
        "WHERE projectId = {project:String}",
        "INSERT INTO person_numbers SELECT projectId, number, bitXor(key, 1) FROM person_numbers "
        "WHERE projectId = {project:String}",
        "DELETE FROM day_people WHERE projectId = {project:String} AND has(people, xxHash64('dd1'))",
        # As it was summed up before there were bitmaps.
        "INSERT INTO day_people (projectId, shard, startsAt, generation, people) "
        "SELECT projectId, shard, startsAt, generation, people FROM old",
    ],
    ids=["no numbers", "a number is gone", "rows twice", "a number of two keys", "a list is gone", "no bitmaps"],
)
@pytest.mark.parametrize("linked", [False, True])
def test_what_does_not_fit_together_is_found_and_asked_of_the_rows(
    store: "redis.Redis", amiss: str, linked: bool
) -> None:
    project = new_project()
    arrived(store, project, [view(FIRST), view(FIRST + HOUR, "d2", order=1), view(FIRST + DAY, order=2)], "1")
    summed_up(store, project, BERLIN, *WEEK[:4])
    if amiss.endswith(" old"):
        of_project = {"project": project}
        client.command(Sql("DROP TABLE IF EXISTS old"))
        client.command(
            Sql(
                "CREATE TABLE old ENGINE = MergeTree ORDER BY shard AS "
                "SELECT * EXCEPT (numbers, highest) FROM day_people WHERE projectId = {project:String}",
                of_project,
            )
        )
        client.command(Sql("DELETE FROM day_people WHERE projectId = {project:String}", of_project))
        client.command(Sql(amiss))
        client.command(Sql("DROP TABLE old"))
    else:
        client.command(Sql(amiss, {"project": project}))

    if linked:  # of which only single days are counted from bitmaps
        rows = series(replace(berlin(project), is_linked=True), "day")
        assert [row["uniqueVisitors"] for row in rows] == [2, 1, 0, 0, 0]
    else:
        assert metrics(berlin(project))["uniqueVisitors"] == 2
    assert closed_days.summed(store, project) == []


def test_a_key_with_two_numbers_counts_once(store: "redis.Redis", monkeypatch: pytest.MonkeyPatch) -> None:
    project = new_project()
    arrived(store, project, [view(FIRST), view(FIRST + 4 * DAY, order=1)], "1")
    summed_up(store, project, BERLIN, *WEEK[:4])

    twice = "INSERT INTO person_numbers SELECT projectId, number + 1, key FROM person_numbers"
    client.command(Sql(f"{twice} WHERE projectId = {{project:String}}", {"project": project}))

    assert summed_metrics(berlin(project), monkeypatch)["uniqueVisitors"] == 1
    rows = series(replace(berlin(project), is_linked=True), "day")
    assert [row["uniqueVisitors"] for row in rows] == [1, 0, 0, 0, 1]
    assert len(closed_days.summed(store, project)) == 4


def test_lists_are_read_where_they_have_fewer_keys_than_the_project_has_numbers(store: "redis.Redis") -> None:
    project = new_project()
    arrived(store, project, [view(FIRST + at * DAY, f"d{at % 3}", order=at) for at in range(4)], "1")
    summed_up(store, project, BERLIN, *WEEK[:4])
    [first, second, third, fourth] = [day.mark for day in closed_days.summed(store, project)]

    assert listed.has_few(project, (first, second))
    assert not listed.has_few(project, (first, second, third))
    assert not listed.has_few(project, (first, second, third, fourth))


def test_days_that_stop_counting_during_the_question_are_asked_raw(store: "redis.Redis") -> None:
    project = new_project()
    arrived(store, project, [view(FIRST)], "1")
    summed_up(store, project, BERLIN, *WEEK)
    split = closed.split(berlin(project))

    changes.note(store, {project: [(FIRST, FIRST)]})

    assert split is not None
    assert not split.still_counts()


def test_a_question_in_another_zone_than_the_projects_is_asked_raw(store: "redis.Redis") -> None:
    project = new_project()
    arrived(store, project, [view(FIRST)], "1")
    summed_up(store, project, BERLIN, *WEEK)

    assert closed.split(replace(berlin(project), timezone=scope("x", 0, 1, "Africa/Tunis").timezone)) is None


def test_parts_of_days_at_both_ends_are_asked_raw(store: "redis.Redis") -> None:
    project = new_project()
    events = [view(FIRST + hour * HOUR, f"d{hour % 7}", order=hour) for hour in range(96)]
    arrived(store, project, events, "1")
    summed_up(store, project, BERLIN, *WEEK[:3])
    asked = berlin(project)
    asked = replace(asked, start=asked.start + timedelta(hours=5), end=asked.end - timedelta(hours=30))

    answer = metrics(asked)

    assert answer == oracle.overview(events, periods.milliseconds(asked.start), periods.milliseconds(asked.end))
    split = closed.split(asked)
    assert split is not None
    assert len(split.days) == 2
    assert len(split.gaps) == 2


def test_more_gaps_than_conditions_cost_the_days_between_them(store: "redis.Redis") -> None:
    project = new_project()
    dates = [(moment(FIRST) + timedelta(days=3 * number)).date().isoformat() for number in range(30)]
    arrived(store, project, [view(FIRST + number * DAY, order=number) for number in range(90)], "1")
    assert summed_up(store, project, "UTC", *dates) == 30

    split = closed.split(scope(project, FIRST, FIRST + 90 * DAY))

    assert split is not None
    assert len(split.gaps) == closed.MOST_GAPS
    assert metrics(split.scope)["totalEvents"] == 90


def test_money_is_added_up_without_rounding(store: "redis.Redis") -> None:
    project = new_project()
    sales = [Decimal("0.0001"), Decimal("12345678901234.5678"), Decimal("0.1")]
    arrived(store, project, [view(FIRST + at * DAY, revenue=sold, order=at) for at, sold in enumerate(sales)], "1")
    summed_up(store, project, BERLIN, *WEEK[:2])

    assert metrics(berlin(project))["revenue"] == Decimal("12345678901234.6679")


def test_without_redis_questions_are_asked_raw(store: "redis.Redis", settings: Any) -> None:
    project = new_project()
    arrived(store, project, [view(FIRST)], "1")
    summed_up(store, project, BERLIN, *WEEK)
    settings.EVENTLENS = replace(settings.EVENTLENS, redis_url="redis://127.0.0.1:1/0")

    assert metrics(berlin(project))["totalEvents"] == 1
    short_memory.Pause.until = 0.0


@cases(16)
@given(
    stories(),
    links,
    st.booleans(),
    st.sampled_from([0, 1, HOUR, 5 * DAY]),
    st.integers(1, 12 * 24),
    st.sampled_from(["day", "week", "month"]),
    st.booleans(),
)
def test_numbers_are_those_of_the_rows_and_of_the_oracle(
    store: "redis.Redis",
    story: Story,
    known: dict[str, str],
    linked: bool,
    later: int,
    hours: int,
    interval: str,
    by_lists: bool,
) -> None:
    listed.is_better = lambda _: by_lists
    asked = asked_of(story, known if linked else None, later, hours)
    for _ in played(store, story, asked):
        answers = both(asked, interval)
        with asked_raw():
            assert answers == both(asked, interval)

    events = [event for arrival in story[2] for event in arrival]
    low, high = periods.milliseconds(asked.start), periods.milliseconds(asked.end)
    persons = as_linked(events, known) if linked else events
    expected = oracle.overview(events, low, high)
    expected["uniqueVisitors"] = len({event.person for event in persons if low <= event.at < high})
    assert metrics(asked) == pytest.approx(expected)
