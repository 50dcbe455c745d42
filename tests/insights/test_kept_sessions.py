"""Answers about days whose sessions events of other days change."""

from typing import Any

from tests.insights.conftest import Ask
from tests.insights.histories import DAY, at
from tests.insights.senders import Senders

NOON = at("2024-01-10T12:00")
CLOSED = {"startDate": "2024-01-10", "endDate": "2024-01-10"}


def metrics(ask: Ask) -> Any:
    return ask("/insights/shop/metrics", CLOSED).json()


def view(when: int, **more: str) -> dict[str, Any]:
    return {"name": "page_view", "timestamp": when, "path": "/", "deviceId": "d1", **more}


def test_an_event_of_weeks_later_lengthens_the_session_that_a_client_named(ask: Ask, keeping: Senders) -> None:
    keeping.send(view(NOON, sessionId="s1"))
    assert (metrics(ask)["avgSessionDuration"], metrics(ask)["bounceRate"]) == (0, 100)

    keeping.send(view(NOON + 30 * DAY, sessionId="s1"))

    assert (metrics(ask)["avgSessionDuration"], metrics(ask)["bounceRate"]) == (30 * 86_400, 0)


def test_an_event_of_weeks_before_takes_the_session_that_a_client_named_away(ask: Ask, keeping: Senders) -> None:
    keeping.send(view(NOON, sessionId="s1"))
    assert metrics(ask)["totalSessions"] == 1

    keeping.send(view(NOON - 30 * DAY, sessionId="s1"))

    assert metrics(ask)["totalSessions"] == 0
