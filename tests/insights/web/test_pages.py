"""Pages, entry and exit pages."""

import pytest
from hypothesis import given

from eventlens.clickhouse import client
from insights.asking.filters import Filter
from insights.web import landings, pages
from insights.web.pages import Params
from tests.generated import cases
from tests.insights import oracle
from tests.insights.conditions import Condition, all_mean, condition_lists
from tests.insights.histories import DAY, HOUR, MINUTE, at, columns, scope, stored
from tests.insights.oracle import Event
from tests.insights.strategies import questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

START = at("2024-01-10")


def visit(*paths: str, start: int = START, device: str = "d") -> list[Event]:
    """Views a minute apart."""
    return [Event(start + at * MINUTE, path=path, device=device, order=at) for at, path in enumerate(paths)]


def test_an_empty_project_has_no_pages() -> None:
    asked = scope("nobody", START, START + DAY)

    assert pages.answer(Params(asked)) == []
    assert landings.answer(landings.Params(asked, "entryPath")) == []


def test_a_view_lasts_until_the_next_and_the_last_until_the_sessions_last_event() -> None:
    events = [*visit("/", "/a", "/"), Event(START + 5 * MINUTE, "click", interactive=True, order=9)]
    project = stored([*events, *visit("/", device="e")])

    assert pages.answer(Params(scope(project, START, START + DAY))) == [
        {"path": "/", "views": 3, "uniqueVisitors": 2, "avgDuration": 80, "bounceRate": 50},
        {"path": "/a", "views": 1, "uniqueVisitors": 1, "avgDuration": 60, "bounceRate": 0},
    ]


def test_the_next_view_counts_also_when_it_is_filtered_out_or_after_the_range() -> None:
    project = stored(visit("/a", "/b", "/b", start=START - MINUTE))

    only_a = pages.answer(Params(scope(project, START - DAY, START, filters=[Filter("path", "eq", "/a")])))

    assert only_a == [{"path": "/a", "views": 1, "uniqueVisitors": 1, "avgDuration": 60, "bounceRate": 0}]


def test_a_view_that_no_rollup_has_seen_yet_is_counted() -> None:
    project = stored(visit("/"))
    client.insert("events", columns(project, visit("/new", start=START + HOUR)), token=f"{project}late")

    found = pages.answer(Params(scope(project, START, START + DAY)))

    assert [(row["path"], row["views"], row["avgDuration"]) for row in found] == [("/", 1, 0), ("/new", 1, 0)]


def test_limit_and_offset_pick_a_part_of_the_list() -> None:
    project = stored(visit("/a", "/a", "/a", "/b", "/b", "/c"))

    found = pages.answer(Params(scope(project, START, START + DAY, limit=1, offset=1)))

    assert [row["path"] for row in found] == ["/b"]


def test_entry_and_exit_pages_are_those_of_sessions_with_a_view() -> None:
    project = stored(
        [
            *visit("/", "/a"),
            *visit("/", device="e"),
            Event(START, "boot", device="f", interactive=True, order=9),
        ]
    )
    asked = scope(project, START, START + DAY)

    assert landings.answer(landings.Params(asked, "entryPath")) == [
        {"path": "/", "views": 2, "uniqueVisitors": 2, "avgDuration": 30, "bounceRate": 50}
    ]
    assert landings.answer(landings.Params(asked, "exitPath")) == [
        {"path": "/", "views": 1, "uniqueVisitors": 1, "avgDuration": 0, "bounceRate": 100},
        {"path": "/a", "views": 1, "uniqueVisitors": 1, "avgDuration": 60, "bounceRate": 0},
    ]


@cases(30)
@given(questions(), condition_lists)
def test_every_page_is_the_oracles(question: tuple[str, int, int, list[Event]], conditions: list[Condition]) -> None:
    zone, start, end, events = question
    filters = [one.asked for one in conditions]

    found = pages.answer(Params(scope(stored(events), start, end, zone, filters)))

    expected = oracle.pages(events, start, end, all_mean(conditions))
    assert [row["path"] for row in found] == sorted(expected, key=lambda path: (-expected[path]["views"], path))
    for row in found:
        wanted = expected[row["path"]]
        assert {**row, "path": 0} == pytest.approx({**wanted, "path": 0})


@cases(30)
@given(questions(), condition_lists)
def test_every_entry_page_is_the_oracles(
    question: tuple[str, int, int, list[Event]], conditions: list[Condition]
) -> None:
    zone, start, end, events = question
    asked = scope(stored(events), start, end, zone, [one.asked for one in conditions])

    found = {row["path"]: row for row in landings.answer(landings.Params(asked, "entryPath"))}

    expected = oracle.grouped_sessions(
        events, start, end, lambda one: one.entry if one.views else None, all_mean(conditions)
    )
    expected.pop(None, None)
    assert found.keys() == expected.keys()
    for path, wanted in expected.items():
        assert (found[path]["views"], found[path]["uniqueVisitors"]) == (
            wanted["visits"],
            wanted["uniqueVisitors"],
        )
        assert found[path]["avgDuration"] == pytest.approx(wanted["avgDuration"])
        assert found[path]["bounceRate"] == pytest.approx(wanted["bounceRate"])
