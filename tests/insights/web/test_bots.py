"""GET insights/<project>/bots: events of bots, and of nobody else."""

from typing import Any

import pytest

from eventlens.clickhouse import client
from insights.asking.filters import Filter
from insights.web import breakdown
from tests.insights.histories import DAY, at, columns, new_project, scope, stored
from tests.insights.oracle import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

START = at("2024-01-10")
CRAWLED = [
    Event(START, "page_view", browser="Googlebot", path="/a"),
    Event(START + 1, "page_view", browser="Googlebot", path="/b", order=1),
    Event(START + 2, "signup", browser="", order=2),
    Event(START + DAY - 1, "page_view", browser="bingbot", path="/a", order=3),
    Event(START - 1, "page_view", browser="Googlebot", path="/a", order=4),
    Event(START + DAY, "page_view", browser="Googlebot", path="/a", order=5),
]


@pytest.fixture(scope="module")
def crawled(clickhouse_process: object) -> str:
    project = stored([Event(START, "page_view", browser="Firefox", path="/a")], new_project())
    client.insert("bot_events", columns(project, CRAWLED), token=project)
    return project


def asked(project: str, by: tuple[str, ...] = ("browser", "name"), **more: Any) -> list[dict[str, Any]]:
    return breakdown.answer(breakdown.Params(scope(project, START, START + DAY, **more), by, of_bots=True))


def test_bots_are_counted_by_browser_and_name(crawled: str) -> None:
    assert asked(crawled) == [
        {"browser": "Googlebot", "name": "page_view", "count": 2},
        {"browser": "", "name": "signup", "count": 1},
        {"browser": "bingbot", "name": "page_view", "count": 1},
    ]


def test_other_columns_may_be_asked_for(crawled: str) -> None:
    assert asked(crawled, ("path",)) == [
        {"path": "/a", "count": 2},
        {"path": "", "count": 1},
        {"path": "/b", "count": 1},
    ]


def test_filters_and_pages_hold_for_bots(crawled: str) -> None:
    page_views = [Filter("name", "eq", "page_view")]

    assert asked(crawled, ("browser",), filters=page_views) == [
        {"browser": "Googlebot", "count": 2},
        {"browser": "bingbot", "count": 1},
    ]
    assert asked(crawled, ("browser",), limit=1, offset=2) == [{"browser": "bingbot", "count": 1}]


def test_another_projects_bots_are_not_counted(crawled: str) -> None:
    assert asked(new_project()) == []


def test_an_unknown_column_raises(crawled: str) -> None:
    with pytest.raises(KeyError):
        asked(crawled, ("shoe",))
