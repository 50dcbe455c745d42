"""Answers that are kept: the same until what they say changes, and only for those who may see them."""

from dataclasses import replace
from typing import Any

from tests.insights.conftest import Ask
from tests.insights.histories import at, stored
from tests.insights.oracle import Event
from tests.insights.senders import Senders

WHEN = at("2024-01-10T12:00")
CLOSED = {"startDate": "2024-01-10", "endDate": "2024-01-10"}


def view(when: int = WHEN, device: str = "d1") -> dict[str, Any]:
    return {"name": "page_view", "timestamp": when, "path": "/", "deviceId": device}


def visitors(ask: Ask, **asked: str) -> Any:
    return ask("/insights/shop/metrics", {**CLOSED, **asked}).json()["uniqueVisitors"]


def test_a_closed_range_is_answered_again_without_being_asked_of_clickhouse(ask: Ask, keeping: Senders) -> None:
    assert visitors(ask) == 0

    stored([Event(WHEN, path="/")], "shop")  # behind the back of who notes changes

    assert visitors(ask) == 0
    assert visitors(ask, endDate="2024-01-11") == 1
    [name] = [one for one in keeping.store.keys("eventlens:answer:*") if keeping.store.ttl(one) > 60][:1]
    assert keeping.store.ttl(name) <= 600


def test_an_event_that_comes_late_into_a_closed_range_changes_its_answer(ask: Ask, keeping: Senders) -> None:
    keeping.send(view())
    assert visitors(ask) == 1

    keeping.send(view(device="d2"))

    assert visitors(ask) == 2


def test_events_of_other_days_leave_a_closed_answer(ask: Ask, keeping: Senders) -> None:
    visitors(ask)
    kept = keeping.store.keys("eventlens:answer:*")

    keeping.send(view(at("2024-03-10")))
    visitors(ask)

    assert keeping.store.keys("eventlens:answer:*") == kept


def test_who_turns_out_to_be_one_person_changes_the_answer(ask: Ask, keeping: Senders) -> None:
    keeping.send(view(), view(device="d2"))
    assert visitors(ask) == 2

    keeping.send(
        {"type": "identify", "profileId": "ada", "deviceId": "d1", "timestamp": WHEN},
        {"type": "identify", "profileId": "ada", "deviceId": "d2", "timestamp": WHEN},
    )

    assert visitors(ask) == 1


def test_another_project_with_the_same_question_gets_its_own_answer(ask: Ask, keeping: Senders) -> None:
    keeping.send(view())
    assert visitors(ask) == 1

    assert ask("/insights/game/metrics", CLOSED, client="foreign").json()["uniqueVisitors"] == 0
    assert ask("/insights/shop/metrics", CLOSED, client="foreign").status_code == 404


def test_a_kept_answer_is_the_same_to_the_byte(ask: Ask, keeping: Senders) -> None:
    keeping.send(view())
    for name in ("metrics", "timeseries", "pages", "referrers", "devices", "geo"):
        first, second = (ask(f"/insights/shop/{name}", {**CLOSED, "meta": "1"}) for _ in range(2))
        assert first.content == second.content


def test_without_redis_answers_go_on(ask: Ask, settings: Any, keeping: Senders) -> None:
    keeping.send(view())
    settings.EVENTLENS = replace(settings.EVENTLENS, redis_url="redis://127.0.0.1:1/0")

    assert visitors(ask) == 1
    assert visitors(ask) == 1
