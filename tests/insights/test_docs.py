"""docs/insights.md: each answer in it is the one that its events get."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Http

from analytics import directory
from insights import fields, filters, vocabulary
from tests.analytics.factories import headers, new_client, new_project
from tests.insights import histories
from tests.insights.oracle import Event

PAGE = (Path(__file__).parents[2] / "docs" / "insights.md").read_text()
EVENTS = re.search(r"```json events\n(.*?)```", PAGE, re.S)
GETS = re.findall(r"^`GET (/\S+)`\n\n```json\n(.*?)```", PAGE, re.S | re.M)
POSTS = re.findall(r"^`POST (/\S+)`\n\n```json\n(.*?)```\n\n```json\n(.*?)```", PAGE, re.S | re.M)


@pytest.fixture
def demo(db: None, clickhouse: None) -> Http:
    """The page's events, sent to a project named demo and rolled up as the product does it."""
    directory.forget()
    new_client("root", new_project("demo"))
    assert EVENTS is not None
    histories.rolled_up([event(raw, order) for order, raw in enumerate(json.loads(EVENTS[1]))], "demo")
    return Http(headers=headers("root"))


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


def test_the_page_has_examples() -> None:
    assert len(GETS) == 9
    assert len(POSTS) == 1


@pytest.mark.parametrize(("address", "answer"), GETS, ids=[address for address, _ in GETS])
def test_an_address_of_the_page_gets_the_answer_of_the_page(demo: Http, address: str, answer: str) -> None:
    assert demo.get(address).json() == json.loads(answer)


@pytest.mark.parametrize(("address", "body", "answer"), POSTS, ids=[address for address, _, _ in POSTS])
def test_a_body_of_the_page_gets_the_answer_of_the_page(demo: Http, address: str, body: str, answer: str) -> None:
    assert demo.post(address, body, content_type="application/json").json() == json.loads(answer)


@pytest.mark.parametrize(
    "word", [*filters.OPERATORS, *fields.TEXT_FIELDS, *fields.NUMBER_FIELDS, *fields.KEYED.values()]
)
def test_every_operator_and_field_is_on_the_page(word: str) -> None:
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize("name", [*vocabulary.METRICS, *vocabulary.DIMENSIONS, *vocabulary.INTERVALS])
def test_every_metric_dimension_and_interval_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE
