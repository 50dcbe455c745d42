"""No text of a request becomes SQL: hostile texts in every parameter, body and address of every operation."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest
from clickhouse_driver import Client as Driver
from django.test import Client as Http

from tests.analytics.factories import headers
from tests.insights.every_operation import (
    OPERATIONS,
    QUESTIONS,
    Operation,
    addresses,
    inner_addresses,
    with_one_leaf,
)

CANARY = "canary"
TEXTS = [
    f"' OR '{CANARY}' = '{CANARY}",
    f"{{project:String}} $events {CANARY}",
    f"\x00\\'`{CANARY}",
    f"../../{CANARY}/Berlin",
    f"properties.{CANARY}') UNION ALL SELECT 1 --",
]
VALUES: list[Any] = [*TEXTS, {CANARY: CANARY}, [[CANARY]], -(10**30), 1e308, True]

pytestmark = pytest.mark.usefixtures("store")  # cohorts need it
SAMPLES = 3  # values that each place of a body is tried with; the next place takes the next ones

every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=str)
every_question = pytest.mark.parametrize("operation", QUESTIONS, ids=str)


class Sent:
    """What the driver was given: statements, parameters, settings."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.comments: list[str] = []


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Everything still goes to ClickHouse; this only listens."""
    heard, execute = Sent(), Driver.execute

    def listening(driver: Driver, statement: str, *given: Any, settings: Mapping[str, Any], **more: Any) -> Any:
        heard.statements.append(statement)
        heard.comments.append(str(settings.get("log_comment", "")))
        return execute(driver, statement, *given, settings=settings, **more)

    monkeypatch.setattr(Driver, "execute", listening)
    return heard


def check(operation: Operation, answer: tuple[int, str], sent: Sent, asked: object) -> None:
    status, text = answer
    assert status in {200, 201, 202, 204, 400, 404, 409}, (operation, asked, answer)
    assert "DB::Exception" not in text, asked
    assert "SELECT" not in text.replace("UNION ALL SELECT 1", ""), asked
    assert not any(CANARY in statement for statement in sent.statements), asked
    sent.statements.clear()


@every_operation
def test_hostile_addresses_are_refused_or_harmless(
    shop: str, clickhouse: None, sent: Sent, operation: Operation
) -> None:
    for text in TEXTS:
        for query in addresses(operation, text):
            check(operation, operation.send(query=query), sent, query)
        for name in operation.in_path:
            in_path = {name: text}
            if name != "projectId":
                check(operation, operation.send(in_path=in_path), sent, in_path)


@every_operation
def test_a_hostile_text_inside_of_a_parameter_is_refused_or_harmless(
    shop: str, clickhouse: None, sent: Sent, operation: Operation
) -> None:
    variants = zip(*(inner_addresses(operation, text) for text in TEXTS), strict=True)
    for place, variant in enumerate(variants):
        query = variant[place % len(TEXTS)]
        check(operation, operation.send(query=query), sent, query)


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.body is not None], ids=str)
def test_hostile_bodies_are_refused_or_harmless(
    shop: str, clickhouse: None, sent: Sent, operation: Operation
) -> None:
    variants = zip(*(with_one_leaf(operation.body, value) for value in VALUES), strict=True)
    for place, variant in enumerate(variants):
        for step in range(SAMPLES):
            body = variant[(place + step * 3) % len(VALUES)]
            check(operation, operation.send(body=body), sent, body)


# What is asked of the database alone, or, like the export, only while its answer is read.
WITHOUT_QUERIES = ("/cohorts", "/erasures", "/export")


@every_question
def test_every_query_names_its_project_and_question(
    shop: str, clickhouse: None, sent: Sent, operation: Operation
) -> None:
    operation.send()

    assert bool(sent.comments) != any(name in str(operation) for name in WITHOUT_QUERIES)
    assert all(comment.startswith("shop:") and len(comment) > len("shop:") for comment in sent.comments), (
        sent.comments
    )


@every_operation
def test_only_the_clients_own_project_is_there(shop: str, operation: Operation) -> None:
    projects = ["game", "shop'", "shop' OR '1'='1", "%", "*", "..", "SHOP", "shop\x00", "x" * 5000]

    answers = {project: operation.send(project) for project in projects}

    assert {project: answer for project, answer in answers.items() if answer[0] != 404} == {}


@pytest.mark.parametrize("project", ["shop'", "..", "x" * 5000])
def test_a_path_of_filters_is_no_way_around(shop: str, project: str) -> None:
    answer = Http().get(f"/filters/{quote(project, safe='')}/paths", headers=headers("root"))

    assert answer.status_code == 404
