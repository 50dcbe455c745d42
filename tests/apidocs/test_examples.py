"""Every request that the document shows, sent to the running product: it is answered as the document says."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.apidocs import described
from tests.apidocs.described import Example
from tests.apidocs.generated import Client
from tests.product import Product
from tests.servers import until

ORDER = {"PUT": 0, "DELETE": 2}
EXAMPLES = sorted(described.examples(), key=lambda one: (one.path.startswith("/insights"), ORDER.get(one.method, 1)))
# Made before it is asked about, and gone afterwards.
PLACES = {"putCohort": 0, "deleteCohort": 2, "eraseProfile": 3, "erasure": 4}
NOBODY = httpx.Client(verify=False)  # reading the system's certificates takes longer than an answer
APART = {"eraseProfile", "erasure", "deleteCohort"}


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """With the examples of events sent, and the person in them known."""
    running = Product(EVENTLENS_QUESTIONS_PER_MINUTE="0")
    try:
        running.start()
        for example in EXAMPLES:
            if example.operation == "track":
                ask(running, example)
        until(lambda: running.http.get("/insights/demo/profiles/42").status_code == 200, 30, "person 42 to be known")
        yield running
    finally:
        running.stop()


def ask(product: Product, example: Example, prefix: str = "") -> httpx.Response:
    return product.http.request(example.method, prefix + example.path, params=example.query, json=example.body)


@pytest.mark.parametrize("prefix", ["", "/api/v1/analytics"])
@pytest.mark.parametrize("example", [one for one in EXAMPLES if one.operation not in APART], ids=str)
def test_each_example_is_answered_as_described(product: Product, example: Example, prefix: str) -> None:
    answer = ask(product, example, prefix)

    assert answer.status_code == (201 if example.operation == "makeCohort" else 200), answer.text
    schema = described.answer_schema(example.operation, answer.status_code)
    for value in described.values(answer.headers["content-type"], answer.content):
        assert described.problems(schema, value) == []


def test_a_generated_client_calls_every_operation(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(tmp_path, product.url, dict(product.http.headers), monkeypatch)
    known = [(operation, body) for _, _, operation in described.operations() for body in described.bodies(operation)]
    answers = [
        (operation["operationId"], client.call(operation, body))
        for operation, body in sorted(known, key=lambda one: PLACES.get(one[0]["operationId"], 1))
    ]

    assert {id: answer.content for id, answer in answers if answer.status_code >= 300} == {}
    assert [id for id, answer in answers if answer.parsed is None] == []


def test_a_cohort_is_deleted_as_described(product: Product) -> None:
    making, deletion = (
        next(one for one in EXAMPLES if one.operation == f"{name}Cohort") for name in ("put", "delete")
    )
    ask(product, making)

    answer = ask(product, deletion)

    assert answer.status_code == 200
    assert described.problems(described.answer_schema("deleteCohort", 200), answer.json()) == []


def test_a_person_is_forgotten_as_described(product: Product) -> None:
    wish, report = (next(one for one in EXAMPLES if one.operation == name) for name in ("eraseProfile", "erasure"))

    begun, seen = ask(product, wish), ask(product, report)

    assert begun.status_code == 202
    assert described.problems(described.answer_schema("eraseProfile", 202), begun.json()) == []
    assert seen.status_code == 200
    assert described.problems(described.answer_schema("erasure", 200), seen.json()) == []


@pytest.mark.parametrize("example", [one for one in EXAMPLES if "/demo/" in one.path], ids=str)
def test_whoever_names_no_client_is_refused_as_described(product: Product, example: Example) -> None:
    answer = NOBODY.request(example.method, product.url + example.path, params=example.query, json=example.body)

    assert answer.status_code == 401
    assert described.problems(described.answer_schema(example.operation, 401), answer.json()) == []
