"""An answer that the asker has already is a 304 without a body; whether it is the same is asked each time."""

import pytest
from django.test import Client as Http

from tests.analytics.factories import headers
from tests.apidocs import described
from tests.insights.conftest import Ask
from tests.insights.every_operation import OPERATIONS, Operation
from tests.insights.histories import at, stored
from tests.insights.oracle import Event

ADDRESS = "/insights/shop/metrics?startDate=2024-01-10&endDate=2024-01-10"
GETS = [one for one in OPERATIONS if one.method == "GET"]


def asked_again(tag: str, address: str = ADDRESS) -> tuple[int, bytes]:
    answer = Http().get(address, headers={**headers("root"), "If-None-Match": tag})
    return answer.status_code, answer.content


def test_an_answer_that_is_known_is_not_sent_again(ask: Ask, clickhouse: None) -> None:
    answer = ask(ADDRESS)

    assert answer["Cache-Control"] == "private, no-cache"
    assert asked_again(answer["ETag"]) == (304, b"")
    assert asked_again(f"W/{answer['ETag']}") == (304, b"")
    assert asked_again('"another"') == (200, answer.content)


def test_new_events_make_another_tag(ask: Ask, clickhouse: None) -> None:
    before = ask(ADDRESS)

    stored([Event(at("2024-01-10"), path="/")], "shop")

    status, body = asked_again(before["ETag"])
    assert status == 200
    assert body != before.content


def test_a_known_tag_opens_nothing_for_others(ask: Ask, clickhouse: None) -> None:
    tag = ask(ADDRESS)["ETag"]

    foreign = Http().get(ADDRESS, headers={**headers("foreign"), "If-None-Match": tag})
    nobody = Http().get(ADDRESS, headers={"If-None-Match": tag})

    assert (foreign.status_code, nobody.status_code) == (404, 401)


def test_an_error_has_no_tag(ask: Ask) -> None:
    assert not ask(f"{ADDRESS}&limit=x").has_header("ETag")


@pytest.mark.parametrize("operation", GETS, ids=str)
def test_the_document_says_which_answers_have_a_tag(operation: Operation, ask: Ask, clickhouse: None) -> None:
    responses = described.whole()["paths"][operation.path]["get"]["responses"]

    query = {name: text for name, text in operation.query.items() if name != "meta"}  # which tells live's present

    answer = operation.sent("shop", headers("root"), query)
    again = operation.sent("shop", {**headers("root"), "If-None-Match": answer.headers.get("ETag", "none")}, query)
    for one in (answer, again):
        one.getvalue()  # an export runs until it is read or left

    assert ("ETag" in answer.headers) == ("304" in responses and answer.status_code == 200)
    assert ("ETag" in responses["200"].get("headers", {})) == ("304" in responses)
    assert again.status_code == (304 if "ETag" in answer.headers else answer.status_code)
