"""docs/insights.md and its neighbours: each answer in them is the one that the events of the first page get."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Http

from analytics import directory
from insights.asking import fields, filters, groupings, metrics, vocabulary
from insights.trends import measures as trend_measures
from tests.analytics.factories import headers, new_client, new_project
from tests.insights import histories
from tests.insights.oracle import Event

PAGES = sorted((Path(__file__).parents[2] / "docs").glob("insights*.md"))
PAGE = "\n".join(page.read_text() for page in PAGES)
EVENTS = re.search(r"```json events\n(.*?)```", PAGE, re.S)
GETS = re.findall(r"^`GET (/\S+)`\n\n```json\n(.*?)```", PAGE, re.S | re.M)
POSTS = re.findall(r"^`POST (/\S+)`\n\n```json\n(.*?)```\n\n```json\n(.*?)```", PAGE, re.S | re.M)

PUTS = re.findall(r"^`PUT (/\S+)`\n\n```json\n(.*?)```", PAGE, re.S | re.M)


@pytest.fixture
def demo(db: None, clickhouse: None, store: object) -> Http:
    """The page's events, sent to a project named demo and rolled up as the product does it; its cohorts are made."""
    directory.forget()
    new_client("root", new_project("demo"))
    assert EVENTS is not None
    histories.rolled_up([event(raw, order) for order, raw in enumerate(json.loads(EVENTS[1]))], "demo")
    http = Http(headers=headers("root"))
    for address, body in PUTS:
        assert http.put(address, body, content_type="application/json").status_code == 200
    return http


def event(raw: dict[str, Any], order: int) -> Event:
    return Event(
        histories.at(raw["timestamp"]),
        raw["name"],
        raw["deviceId"],
        path=raw.get("path", ""),
        interactive=raw["name"] != "page_view",
        revenue=Decimal(str(raw.get("revenue", 0))),
        properties=raw.get("properties", {}),
        order=order,
    )


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_every_page_has_examples(page: Path) -> None:
    assert re.search(r"^`(GET|POST) /\S+`\n\n```json\n", page.read_text(), re.M)


def test_no_example_goes_unseen() -> None:
    shown = re.findall(r"^`(GET|POST) /\S+`$", PAGE, re.M)

    assert len(shown) == len(GETS) + len(POSTS)


def test_the_addresses_and_bodies_of_the_pages_get_the_answers_of_the_pages(demo: Http) -> None:
    for address, answer in GETS:
        assert demo.get(address).json() == json.loads(answer), address
    for address, body, answer in POSTS:
        told = demo.post(address, body, content_type="application/json").json()
        assert told == json.loads(answer), (address, body)


@pytest.mark.parametrize(
    "word", [*filters.OPERATORS, *fields.TEXT_FIELDS, *fields.NUMBER_FIELDS, *fields.KEYED.values()]
)
def test_every_operator_and_field_is_on_the_page(word: str) -> None:
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize(
    "name",
    [*metrics.METRICS, *groupings.TIMES, *groupings.OF_SESSIONS, *vocabulary.DIMENSIONS, *vocabulary.INTERVALS],
)
def test_every_metric_dimension_and_interval_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("name", trend_measures.MEASURES)
def test_every_measure_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE
