"""The API document: a valid one that leaves out no route, with an example for everything."""

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver
from openapi_spec_validator import validate

from eventlens import urls
from eventlens.apidocs import views
from ingestion import openapi_payloads
from tests.apidocs import described
from tests.apidocs.described import Json

OPERATIONS = list(described.operations())
every_operation = pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=[f"{method} {path}" for path, method, _ in OPERATIONS]
)
NOT_DESCRIBED = {views.Document, views.Page, views.Asset}


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[tuple[str, str]]:
    """Every path that Django knows below the public ones, and each method that it answers."""
    for pattern in patterns:
        where = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, where)
        elif pattern.callback.cls not in NOT_DESCRIBED:
            path = re.sub(r"<\w+:(\w+)>", lambda name: "{" + camel(name[1]) + "}", where)
            yield from ((path, method.lower()) for method in pattern.callback.cls().allowed_methods)


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)


def test_the_document_is_valid_openapi() -> None:
    validate(described.whole())

    assert described.whole()["openapi"] == "3.1.0"


def test_every_route_and_method_is_described() -> None:
    there = {(path, method) for path, method, _ in OPERATIONS}

    routed = {route for route in routes(urls.public) if route[1] not in {"options", "head"}}

    assert routed - there == set(), "add these to OPERATIONS in the openapi module of their app"
    assert there - routed == set()
    assert len(there) > 30


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert sorted(set(ids)) == sorted(ids)


@every_operation
def test_each_operation_says_what_it_does_and_shows_it(path: str, method: str, operation: Json) -> None:
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"][0] in {tag["name"] for tag in described.whole()["tags"]}
    assert all(parameter["description"] and "example" in parameter for parameter in operation.get("parameters", []))
    assert described.bodies(operation)
    good = next(one for status, one in operation["responses"].items() if status.startswith("2"))
    assert described.content(good)["examples"]


@every_operation
def test_each_example_of_an_answer_has_the_shape_of_the_answer(path: str, method: str, operation: Json) -> None:
    for status, response in operation["responses"].items():
        if status == "304":  # which has no body
            continue
        name = response.get("$ref", "").rpartition("/")[2]
        shown = described.content(described.whole()["components"]["responses"][name] if name else response)
        for example in shown["examples"].values():
            assert described.problems(shown["schema"], example["value"]) == []


@every_operation
def test_each_example_of_a_body_has_the_shape_of_the_body(path: str, method: str, operation: Json) -> None:
    for body in described.bodies(operation):
        if body is not None:
            schema = described.content(operation["requestBody"])["schema"]
            assert [one for one in described.problems(schema, body) if "firstName" not in one] == []


@every_operation
def test_whoever_asks_has_to_say_who_it_is(path: str, method: str, operation: Json) -> None:
    both = {"clientId": [], "clientSecret": []}

    if path in {"/health", "/ready"}:
        assert operation["security"] == []
    elif path.startswith("/track"):
        assert operation["security"] == [both, {"clientId": []}]
    else:
        assert operation["security"] == [both]


def test_every_type_is_one_of_the_items_with_each_field_described() -> None:
    schemas = described.whole()["components"]["schemas"]
    items = [one["$ref"].rpartition("/")[2] for one in schemas["Item"]["oneOf"]]

    kinds = [schemas[name]["properties"]["type"]["const"] for name in items]
    fields = [field for name in items for field in schemas[name]["properties"]["payload"]["properties"].items()]

    assert kinds == ["track", "identify", "increment", "decrement", "alias", "group", "assign_group", "replay"]
    assert [name for name, schema in fields if not schema["description"]] == []
    assert set(openapi_payloads.FIELDS) == {name for name, _ in fields}


def test_the_document_holds_no_secret() -> None:
    assert "el_" not in str(described.whole())
