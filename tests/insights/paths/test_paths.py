"""Paths: against an oracle on generated histories, and what the parts of an answer mean."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from insights.paths import paths
from insights.paths.reading import Group, Params
from tests.generated import cases
from tests.insights import oracle
from tests.insights.conditions import Condition, all_mean, condition_lists
from tests.insights.conftest import Ask
from tests.insights.histories import HOUR, MINUTE, at, new_project, scope, stored
from tests.insights.oracle import Event
from tests.insights.paths import oracle as paths_oracle
from tests.insights.paths.oracle import Asked, Item
from tests.insights.strategies import questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

LETTERS = {"page": "p", "event": "e", "group": "g"}
GROUPINGS = (Group("letters", pattern="^/[ab]$"), Group("home", prefix="/"), Group("buys", prefix="bu"))
items = st.sampled_from([("page", "/"), ("page", "/a"), ("page", ""), ("event", "click"), ("event", "buy")])
askeds = st.builds(
    Asked,
    by=st.sampled_from(["session", "person"]),
    include=st.sampled_from(["pages", "events", "both", "both"]),
    depth=st.integers(2, 4),
    start=st.none() | items,
    exclude=st.sampled_from([(), (), ("/a",), ("click", "/")]),
    collapse=st.booleans(),
    minimum=st.integers(1, 2),
    share=st.sampled_from([0, 0, 30, 100]),
)


def grouped(event: Event) -> Item:
    kind, name = paths_oracle.plain(event)
    if name in {"/a", "/b"}:
        return "group", "letters"
    if name.startswith("/"):
        return "group", "home"
    return ("group", "buys") if name.startswith("bu") else (kind, name)


def letters(item: Item | None) -> str:
    return LETTERS[item[0]] + item[1] if item else ""


def params(project: str, low: int, high: int, asked: Asked, filters: Sequence[Condition] = (), **more: Any) -> Params:
    return Params(
        scope(project, low, high, filters=[one.asked for one in filters], limit=1000),
        asked.by,
        asked.include,
        asked.depth,
        letters(asked.start),
        letters(asked.end),
        exclude=asked.exclude,
        collapse=asked.collapse,
        min_count=asked.minimum,
        min_share=float(asked.share),
        **more,
    )


def compared(answer: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """An answer in the oracle's terms."""
    by_id = {node["id"]: (node["step"], (node["kind"], node["name"])) for node in answer["nodes"]}
    assert len(by_id) == len(answer["nodes"])
    links = {}
    for link in answer["links"]:
        near, far = sorted([by_id[link["source"]], by_id[link["target"]]])
        assert far[0] == near[0] + 1
        assert (by_id[link["source"]] == near) is (asked.end is None)
        seconds = pytest.approx(link["medianSeconds"], rel=1e-14)
        links[near[0], near[1], far[1]] = (link["count"], seconds)
    nodes = {by_id[node["id"]]: (node["count"], node["dropOff"]) for node in answer["nodes"]}
    return {**answer, "nodes": nodes, "links": links}


@cases(30)
@given(questions(), askeds, condition_lists, st.booleans())
def test_paths_are_those_of_the_oracle(
    question: tuple[str, int, int, list[Event]], asked: Asked, filters: list[Condition], is_backward: bool
) -> None:
    _, low, high, events = question
    asked = replace(asked, start=None, end=asked.start) if is_backward else asked

    answer = paths.answer(params(stored(events), low, high, asked, filters))

    assert compared(answer, asked) == paths_oracle.paths(events, low, high, asked, all_mean(filters))


@cases(25)
@given(questions(), askeds)
def test_groupings_make_one_item_of_many(question: tuple[str, int, int, list[Event]], asked: Asked) -> None:
    _, low, high, events = question
    asked = replace(asked, start=None, exclude=("home",) if asked.exclude else ())

    answer = paths.answer(params(stored(events), low, high, asked, groupings=GROUPINGS))

    expected = paths_oracle.paths(events, low, high, asked, oracle.anything, grouped)
    assert compared(answer, asked) == expected


NOON = at("2024-01-10T12:00")


def walk(device: str, *paths_: str, start: int = NOON) -> list[Event]:
    return [Event(start + step * MINUTE, path=path, device=device, order=step) for step, path in enumerate(paths_)]


def test_the_largest_links_bring_their_nodes_and_the_totals_tell_what_is_not_shown() -> None:
    events = [*walk("d1", "/", "/a"), *walk("d2", "/", "/a"), *walk("d3", "/", "/b"), *walk("d4", "/c")]
    asked = Params(scope(stored(events), NOON, NOON + HOUR, limit=1))

    answer = paths.answer(asked)

    assert answer == {
        "paths": 4,
        "nodes": [
            {"id": "1:page:/", "step": 1, "kind": "page", "name": "/", "count": 3, "dropOff": 0},
            {"id": "2:page:/a", "step": 2, "kind": "page", "name": "/a", "count": 2, "dropOff": 2},
        ],
        "links": [{"source": "1:page:/", "target": "2:page:/a", "count": 2, "medianSeconds": 60.0}],
        "totalNodes": 4,
        "totalLinks": 2,
    }


@pytest.mark.parametrize(("offset", "least"), [(0, 2), (9, 1)])
def test_the_totals_are_told_when_nothing_is_shown(offset: int, least: int) -> None:
    asked = Params(scope(stored(walk("d1", "/", "/a")), NOON, NOON + HOUR, offset=offset), min_count=least)

    answer = paths.answer(asked)

    assert answer == {"paths": 1, "nodes": [], "links": [], "totalNodes": 2, "totalLinks": 1}


def test_an_end_is_reached_from_what_came_before_it_and_steps_count_backwards() -> None:
    events = [*walk("d1", "/", "/a", "/end", "/b", "/end"), *walk("d2", "/end")]
    asked = Params(scope(stored(events), NOON, NOON + HOUR), end="p/end", depth=2)

    answer = paths.answer(asked)

    assert answer["links"] == [{"source": "2:page:/a", "target": "1:page:/end", "count": 1, "medianSeconds": 60.0}]
    assert [(node["id"], node["count"], node["dropOff"]) for node in answer["nodes"]] == [
        ("1:page:/end", 2, 1),
        ("2:page:/a", 1, 0),
    ]


def test_a_million_events_of_one_person_are_no_trouble(crowd: str) -> None:
    answer = paths.answer(Params(scope(crowd, NOON, NOON + HOUR), by="person", depth=3))

    assert (answer["paths"], answer["totalNodes"], answer["totalLinks"]) == (1, 3, 2)


@pytest.fixture
def crowd() -> str:
    project = new_project()
    client.command(
        Sql(
            "INSERT INTO events (projectId, name, createdAt, deviceId, path, isScreenView) SELECT {project:String}, "
            "'page_view', fromUnixTimestamp64Milli({noon:Int64} + number), 'd', toString(number % 7), 1 "
            "FROM numbers(1000000)",
            {"project": project, "noon": NOON},
        )
    )
    return project


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"start": "/", "end": "/a"}, "end", "not both"),
        ({"start": {"planet": "x"}}, "start", "allowed: a name, or one of {page}, {event}, {group}"),
        ({"depth": 1}, "depth", "allowed: whole numbers from 2 to 20"),
        ({"by": "planet"}, "by", "allowed: session, person"),
        ({"include": "all"}, "include", "allowed: pages, events, both"),
        ({"groupings": []}, "groupings", "Give a list of 1 to 50 groupings"),
        ({"groupings": [{"name": "x"}]}, "groupings[0]", "A grouping is {name, pattern}"),
        ({"groupings": [{"name": "x", "pattern": "a("}]}, "groupings[0].pattern", "RE2"),
        ({"groupings": [{"name": "", "prefix": "/"}]}, "groupings[0]", "1 to 2000 characters"),
        ({"exclude": [1]}, "exclude", "a list of 1 to 1000 names of items"),
        ({"minShare": 101}, "minShare", "a percentage of all paths, 0 to 100"),
        ({"minShare": "many"}, "minShare", "a percentage"),
        ({"minCount": 0}, "minCount", "allowed: whole numbers from 1"),
    ],
)
def test_wrong_parameters_are_told(ask: Ask, body: dict[str, Any], field: str, message: str) -> None:
    answer = ask("/insights/shop/paths", body=body)

    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == field
    assert message in answer.json()["details"][0]["message"]


def test_names_of_items_may_say_their_kind(ask: Ask) -> None:
    stored([Event(NOON, path="Home"), Event(NOON + 1, "/odd", order=1), Event(NOON + 2, "buy", order=2)], "shop")
    asked = {"startDate": "2024-01-10", "endDate": "2024-01-10", "include": "both"}

    by_kind = ask("/insights/shop/paths", body={**asked, "start": {"event": "/odd"}}).json()
    by_name = ask("/insights/shop/paths", body={**asked, "start": "buy"}).json()
    in_address = ask("/insights/shop/paths", {**asked, "start": '{"page": "Home"}'}).json()

    assert [node["id"] for node in by_kind["nodes"]] == ["1:event:/odd", "2:event:buy"]
    assert [node["id"] for node in by_name["nodes"]] == ["1:event:buy"]
    assert len(in_address["nodes"]) == 3
