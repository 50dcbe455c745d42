"""Every question that is kept: the same answer while nothing changes, and the new one after a late event."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from eventlens import changes
from ingestion.log import stream
from insights import kept
from insights.asking.scope import Scope
from insights.web import overview
from tests.insights.conftest import Ask
from tests.insights.histories import DAY, at, moment
from tests.insights.senders import Senders

WHEN = at("2024-01-10T12:00")
LAST = 8
WEEK = {"startDate": "2024-01-08", "endDate": "2024-01-10"}
BREAKDOWN = {"steps": "page_view,buy", "breakdown": "country", "bins": "5", "interval": "day"}
# What each is asked with, and when the late event happens.
QUESTIONS: dict[str, tuple[dict[str, str], int]] = {
    **dict.fromkeys(kept.KEPT, ({}, WHEN + 1000)),
    "breakdown": ({"by": "country,time:day"}, WHEN + 1000),
    "goals": ({"goals": "buy,/"}, WHEN + 1000),
    "revenue": ({"by": "currency"}, WHEN + 1000),
    "funnel": (BREAKDOWN, WHEN + 1000),
    "trends": ({"series": "buy,page_view", "formula": "A / B", "compare": "previous"}, WHEN - 2 * DAY),
    # Who came for the first time long before is nobody's new one.
    "retention": ({}, WHEN - 300 * DAY),
    # Its month ends long after the range.
    "lifecycle": ({"interval": "month"}, WHEN + 20 * DAY),
}


def item(when: int, device: str, name: str = "page_view") -> dict[str, Any]:
    link = "https://shop.example/?utm_source=mail&utm_medium=email"
    return {"name": name, "timestamp": when, "path": link, "deviceId": device, "revenue": 5, "currency": "EUR"}


@pytest.mark.parametrize("name", sorted(kept.KEPT))
def test_a_late_event_is_in_the_next_answer(name: str, ask: Ask, keeping: Senders, settings: Any) -> None:
    asked, late = QUESTIONS[name]
    address, given = f"/insights/shop/{name}", {**WEEK, **asked}
    keeping.send(item(WHEN, "d1"), item(WHEN + 500, "d1", "buy"))
    before = ask(address, given).content
    [kept_answer] = keeping.store.keys("eventlens:answer:*")

    keeping.send(item(late, "d2"), item(late + 500, "d2", "buy"), item(late, "d1"))
    after = ask(address, given).content

    assert keeping.store.ttl(kept_answer) > 60
    assert after != before
    settings.EVENTLENS = replace(settings.EVENTLENS, answers_kept_seconds=0)
    assert ask(address, given).content == after


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("breakdown", {"by": "profile.plan"}),
        ("breakdown", {"by": "group.company"}),
        ("breakdown", {"by": "deviceId"}),
        ("funnel", {"steps": "page_view,buy", "by": "group:company"}),
        ("bots", {}),
        ("events", {}),
        ("funnel/people", {"steps": "page_view,buy"}),
    ],
)
def test_what_changes_unnoticed_or_names_persons_is_not_kept(
    name: str, given: dict[str, str], ask: Ask, keeping: Senders
) -> None:
    assert ask(f"/insights/shop/{name}", {**WEEK, **given}).status_code == 200

    assert keeping.store.keys("eventlens:answer:*") == []


def test_a_worker_that_dies_before_it_has_noted_a_batch_notes_it_when_the_batch_is_repeated(
    ask: Ask, keeping: Senders, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dying(*spans: object) -> None:
        raise Killed

    keeping.send(item(WHEN, "d1"))
    assert ask("/insights/shop/metrics", WEEK).json()["totalEvents"] == 1
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(changes, "note", dying)
        keeping.send(item(WHEN, "d2"))

    keeping.store.delete(stream.lock_key(0))
    keeping.arrive()

    assert ask("/insights/shop/metrics", WEEK).json()["totalEvents"] == 2


def test_who_asks_at_the_same_time_never_gets_less_than_was_there_before(shop: str, keeping: Senders) -> None:
    params = overview.Params(Scope(shop, ZoneInfo("UTC"), moment(at("2024-01-10")), moment(at("2024-01-11"))))
    stored = [0]

    def ask_on() -> list[tuple[int, int]]:
        """Of each answer what was there before it was asked for, and what it says."""
        seen = []
        while stored[-1] < LAST:
            before = stored[-1]
            found = kept.kept("metrics", params, datetime.now(UTC), lambda: overview.answer(params))
            answer = found if isinstance(found, dict) else msgspec.json.decode(found)
            seen.append((before, answer["totalEvents"]))
        return seen

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask_on) for _ in range(4)]
        for number in range(1, LAST + 1):
            keeping.send(item(WHEN + number, f"d{number}"))
            stored.append(number)
        seen = [pair for one in asking for pair in one.result()]

    assert {before for before, _ in seen} > {1, LAST - 1}
    assert [pair for pair in seen if pair[1] < pair[0]] == []
