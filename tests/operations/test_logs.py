"""Lines of the log: for people or for machines, with the request that they belong to."""

import json
import logging
import logging.config
import sys

import pytest
from django.test import Client

from eventlens import health, logs


def formatted(form: str, message: str, *arguments: object, failed: bool = False) -> str:
    """One line as the product's handler writes it."""
    settings = logs.config("INFO", form)
    formatter = logging.config.DictConfigurator(settings).configure_formatter(settings["formatters"]["line"])
    error = sys.exc_info() if failed else None
    record = logging.LogRecord("ingestion.storing.drain", logging.WARNING, __file__, 1, message, arguments, error)
    record.created = 1_717_156_800.25
    return str(formatter.format(record))


def test_a_line_for_people_names_its_logger_and_request() -> None:
    token = logs.request_id.set("r-1")

    line = formatted("text", "%s events wait", 3)

    logs.request_id.reset(token)
    assert line.endswith(" WARNING ingestion.storing.drain [r-1]: 3 events wait")
    assert formatted("text", "idle").endswith(" WARNING ingestion.storing.drain: idle")


def test_a_line_for_machines_is_one_json_object() -> None:
    token = logs.request_id.set("r-1")

    line = formatted("json", "%s events\nwait: größer", 3)

    logs.request_id.reset(token)
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "2024-05-31T12:00:00.250Z",
        "level": "WARNING",
        "logger": "ingestion.storing.drain",
        "message": "3 events\nwait: größer",
        "requestId": "r-1",
    }


def test_a_traceback_is_a_field_of_its_line() -> None:
    try:
        raise ZeroDivisionError("division by zero")
    except ZeroDivisionError:
        line = formatted("json", "broken", failed=True)

    assert "\n" not in line
    assert json.loads(line)["traceback"].endswith("ZeroDivisionError: division by zero")


def test_an_answer_carries_the_id_of_its_request() -> None:
    answer = Client().get("/health", headers={"x-request-id": "abc-123"})

    assert answer.headers["X-Request-Id"] == "abc-123"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"}', "größer", "a\tb"])
def test_without_an_acceptable_id_a_new_one_is_made(given: str) -> None:
    answers = [Client().get("/health", headers={"x-request-id": given}) for _ in range(2)]

    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert all(len(one) == 16 and int(one, 16) >= 0 for one in ids)
    assert ids[0] != ids[1]


def test_lines_are_written_with_the_id_of_the_request_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setitem(health.CHECKS, "database", lambda: seen.append(logs.request_id.get()))
    monkeypatch.setitem(health.CHECKS, "redis", lambda: None)
    monkeypatch.setitem(health.CHECKS, "clickhouse", lambda: None)

    Client().get("/ready", headers={"x-request-id": "abc"})

    assert seen == ["abc"]
    assert logs.request_id.get() == ""


def test_a_refusal_and_a_preflight_have_ids_too() -> None:
    refused = Client().get("/nowhere")
    preflight = Client().options("/track", headers={"origin": "https://a.b", "access-control-request-method": "POST"})

    assert (refused.status_code, preflight.status_code) == (404, 204)
    assert all(len(answer.headers["X-Request-Id"]) == 16 for answer in (refused, preflight))
