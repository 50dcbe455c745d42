"""Live: visitors of the last five minutes by the events' own times."""

from zoneinfo import ZoneInfo

import pytest

from insights.asking.filters import Filter
from insights.web import live
from insights.web.live import Params, scope_of
from tests.insights.histories import DAY, MINUTE, at, moment, stored
from tests.insights.oracle import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_process")]

NOW = at("2024-01-10T12:00:30")
UTC = ZoneInfo("UTC")


def test_nobody_is_there() -> None:
    assert live.answer(Params(scope_of("nobody", UTC, moment(NOW)))) == {"count": 0}


def test_five_minutes_count_to_the_millisecond_and_the_future_does_not() -> None:
    project = stored(
        [
            Event(NOW - 5 * MINUTE, device="too early"),
            Event(NOW - 5 * MINUTE + 1, device="a"),
            Event(NOW, device="b"),
            Event(NOW, device="b"),
            Event(NOW + 1, device="too late"),
        ]
    )

    assert live.answer(Params(scope_of(project, UTC, moment(NOW)))) == {"count": 2}


def test_filters_apply() -> None:
    project = stored([Event(NOW, device="a", country="DE"), Event(NOW, device="b", country="KR")])
    german = (Filter("country", "eq", "DE"),)

    assert live.answer(Params(scope_of(project, UTC, moment(NOW), german))) == {"count": 1}


def test_detail_adds_pages_countries_and_thirty_minutes() -> None:
    project = stored(
        [
            Event(NOW - MINUTE, path="/", device="a", country="DE"),
            Event(NOW, path="/", device="b", country="DE", order=1),
            Event(NOW, "click", device="b", country="DE", order=2),
            Event(NOW - 29 * MINUTE, path="/old", device="c", order=3),
            Event(NOW - 40 * MINUTE, path="/older", device="c", order=4),
            Event(NOW + DAY, device="d", order=5),
        ]
    )

    answer = live.answer(Params(scope_of(project, ZoneInfo("Asia/Seoul"), moment(NOW)), detail=True))

    assert answer["count"] == 2
    assert answer["pages"] == [{"path": "/", "views": 2, "visitors": 2}]
    assert answer["countries"] == [{"country": "DE", "events": 3, "visitors": 2}]
    assert len(answer["minutes"]) == 30
    assert answer["minutes"][0] == {"date": "2024-01-10T20:31:00+09:00", "visitors": 1}
    assert answer["minutes"][-2:] == [
        {"date": "2024-01-10T20:59:00+09:00", "visitors": 1},
        {"date": "2024-01-10T21:00:00+09:00", "visitors": 1},
    ]
    assert sum(minute["visitors"] for minute in answer["minutes"]) == 3
