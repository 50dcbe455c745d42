"""Bodies of questions: gzipped or not, they ask the same."""

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client as Http

from tests.analytics.factories import headers
from tests.insights.conftest import Ask
from tests.insights.histories import at, stored
from tests.insights.oracle import Event

QUERY = {"metrics": ["totalEvents"], "startDate": "2024-01-10", "endDate": "2024-01-10"}
WHOLE = gzip.compress(json.dumps(QUERY).encode(), mtime=0)


def post(body: bytes, encoding: str, address: str = "/insights/shop/query", method: str = "POST") -> Any:
    sent = {**headers("root"), "Content-Encoding": encoding}
    return Http().generic(method, address, body, content_type="application/json", headers=sent)


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " gzip "])
def test_a_gzipped_body_asks_the_same(encoding: str, ask: Ask, clickhouse: None) -> None:
    stored([Event(at("2024-01-10T12:00"), path="/")], "shop")

    assert post(WHOLE, encoding).json() == {"results": [{"totalEvents": 1}]}
    assert post(json.dumps(QUERY).encode(), "identity").json() == {"results": [{"totalEvents": 1}]}


def test_a_cohort_may_come_gzipped(shop: str, clickhouse: None, store: object) -> None:
    body = gzip.compress(json.dumps({"name": "Known", "ids": ["ada", "bob"]}).encode())

    answer = post(body, "gzip", "/insights/shop/cohorts/known", "PUT")

    assert (answer.status_code, answer.json()["size"]) == (200, 2)


@pytest.mark.parametrize(
    ("body", "encoding", "message"),
    [
        (b"{}", "gzip", "The body is not gzip, which its Content-Encoding names."),
        (WHOLE[:-1], "gzip", "The gzip data is cut off, or something follows it; send it again."),
        (WHOLE + b"x", "gzip", "The gzip data is cut off, or something follows it; send it again."),
        (WHOLE, "br", "Send the body as it is or with Content-Encoding: gzip."),
    ],
    ids=["plain text", "cut off", "something after it", "another encoding"],
)
def test_what_cannot_be_unpacked_is_a_400(body: bytes, encoding: str, message: str, shop: str) -> None:
    answer = post(body, encoding)

    assert answer.status_code == 400
    assert answer.json()["details"] == [{"field": "body", "message": message}]


def test_a_small_body_that_unpacks_to_too_much_is_a_413(shop: str, settings: Any) -> None:
    settings.EVENTLENS = replace(settings.EVENTLENS, max_body_bytes=10_000)

    answer = post(gzip.compress(b" " * 1_000_000), "gzip")

    assert (answer.status_code, answer.json()["message"]) == (
        413,
        "The body has more than 10000 bytes; send less at once.",
    )
