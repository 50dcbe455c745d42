"""Thousands of requests that nobody would send: no 500, nothing hangs, errors have one shape, counts stay exact.

FUZZ_REQUESTS says about how many; `make fuzz` sends 12,000.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import BaseSchema, GenerationMode

from tests.apidocs import described
from tests.fuzz import strategies, wire
from tests.fuzz.target import SHAPE, Target
from tests.product import Product
from tests.servers import until

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "300"))
TRACK = ("/track", "/track/batch", "/api/v1/analytics/track")
NOBODY = {"event-lens-client-id": "", "event-lens-client-secret": ""}  # so that a client is looked for in the body
QUESTIONS = {
    path: operation["parameters"]
    for path, method, operation in described.operations()
    if method == "get" and "{projectId}" in path and "{number}" not in path
}
OPERATIONS = [(path, method) for path, method, _ in described.operations()]


def times(share: float) -> Callable[..., Any]:
    """So many of all requests; the short form is the same every time, the long one never."""
    return settings(
        max_examples=max(2, int(REQUESTS * share)),
        derandomize=REQUESTS < 1000,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )


@pytest.fixture(scope="module")
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    product = Product(EVENTLENS_QUESTIONS_PER_MINUTE="0", EVENTLENS_INGEST_REQUESTS_PER_MINUTE="0")
    try:
        found = Target(product.start())
        found.warm()
        yield found
        request.config.get_terminal_writer().write(f"\n{found.report()}\n")
    finally:
        product.stop()


def test_any_item(target: Target) -> None:
    @times(0.22)
    @given(strategies.ITEMS, st.sampled_from(["/track", "/api/v1/analytics/track"]))
    def send(item: Any, path: str) -> None:
        target.send("POST", path, strategies.as_json(item))

    send()


def test_any_batch(target: Target) -> None:
    @times(0.1)
    @given(strategies.BATCHES)
    def send(batch: Any) -> None:
        target.send("POST", "/track/batch", strategies.as_json(batch))

    send()


def test_any_bytes_in_one_piece_or_in_chunks(target: Target) -> None:
    @times(0.1)
    @given(
        strategies.BODIES,
        st.sampled_from([*TRACK, "/insights/demo/metrics"]),
        st.booleans(),
        st.sampled_from([{}, NOBODY]),
    )
    def send(body: bytes, path: str, in_chunks: bool, headers: dict[str, str]) -> None:
        target.send("POST", path, body, in_chunks=in_chunks, headers=headers)

    send()


def test_any_gzip(target: Target) -> None:
    @times(0.05)
    @given(strategies.ZIPPED, st.sampled_from(TRACK))
    def send(body: bytes, path: str) -> None:
        target.send("POST", path, body, headers={"content-encoding": "gzip"})

    send()


def test_any_headers(target: Target) -> None:
    @times(0.13)
    @given(strategies.HEADERS, strategies.ITEMS, st.sampled_from([("POST", "/track"), ("GET", "/track/device-id")]))
    def send(headers: dict[str, str], item: Any, route: tuple[str, str]) -> None:
        body = strategies.as_json(item) if route[0] == "POST" else None
        target.send(*route, body, headers={name: value.encode("latin-1") for name, value in headers.items()})

    send()


def test_any_question(target: Target) -> None:
    asked = st.sampled_from([*QUESTIONS]).flatmap(
        lambda path: st.tuples(st.just(path), strategies.questions(QUESTIONS[path]))
    )

    @times(0.12)
    @given(asked, st.booleans())
    def ask(asked: tuple[str, dict[str, Any]], by_body: bool) -> None:
        path = asked[0].replace("{projectId}", "demo").replace("{profileId}", "42")
        if by_body:
            target.send("POST", path, strategies.as_json(asked[1]))
        else:
            target.send("GET", path, params={name: in_address(value) for name, value in asked[1].items()})

    ask()


def in_address(value: Any) -> bytes:
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "surrogatepass")


def test_any_address(target: Target) -> None:
    @times(0.04)
    @given(st.text(max_size=20), st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]))
    def send(text: str, method: str) -> None:
        segment = httpx.QueryParams({"": text.encode("utf-8", "surrogatepass")})
        target.send(method, f"/insights/{str(segment)[1:]}/metrics")
        target.send(method, f"/{str(segment)[1:]}")

    send()


def test_anything_on_the_wire(target: Target) -> None:
    credentials = [
        f"{name}: {value}".encode() for name, value in target.product.headers(target.product.client).items()
    ]

    @times(0.06)
    @given(wire.requests())
    def send(request: bytes) -> None:
        said, seconds = wire.exchange(target.product.port, request, credentials)
        for status, body in re.findall(rb"HTTP/1\.[01] (\d{3}).*?\r\n\r\n(.*?)(?=HTTP/1|$)", said, re.DOTALL):
            target.tally["bytes on the wire", int(status)] += 1
            assert int(status) < 500, (request[:300], said[:500])
            assert int(status) < 400 or set(json.loads(body)) == SHAPE, (request[:300], said[:500])
        if not said:
            target.tally["bytes on the wire, hung up on", 0] += 1
        assert seconds < wire.SECONDS, request[:300]

    send()


@pytest.fixture(scope="module")
def served(target: Target) -> BaseSchema:
    """The document as the product serves it."""
    return schemathesis.openapi.from_url(f"{target.product.url}/openapi.json")


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=[f"{method} {path}" for path, method in OPERATIONS])
def test_any_request_that_the_document_makes_up(target: Target, served: BaseSchema, path: str, method: str) -> None:
    operation = served[path][method.upper()]
    said = described.whole()["paths"][path][method]
    own = {"projectId": "demo"} if "{projectId}" in path else {}
    if method == "delete":
        own["profileId"] = "nobody"  # else events that the last test counts would be erased
    right = operation.as_strategy(GenerationMode.POSITIVE, path_parameters=own)
    wrong = operation.as_strategy(GenerationMode.NEGATIVE)

    @times(0.2 / len(OPERATIONS))
    @given(st.one_of(right, wrong) if said["security"] and method != "delete" else right)
    def ask(case: schemathesis.Case) -> None:
        answer = target.call(case)
        if answer.status_code == 304:  # it has no body
            return
        schema = described.answer_schema(said["operationId"], answer.status_code)
        for value in described.values(answer.headers["content-type"][0], answer.content or b""):
            assert described.problems(schema, value) == []

    ask()


def test_after_all_that_every_event_that_was_taken_is_counted_once(target: Target) -> None:
    for number in range(50):
        last = {"type": "track", "payload": {"name": "last", "deviceId": f"d{number}"}}
        target.send("POST", "/track", strategies.as_json(last))

    until(lambda: target.stored() == target.taken, 30, f"{target.taken} events to be counted")
    assert target.stored() == target.taken
    assert target.requests() > REQUESTS * 0.9
