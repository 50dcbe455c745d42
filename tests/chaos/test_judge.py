"""The judge sees what a count could hide: one of each kind of wrong is put before it."""

from collections.abc import Iterable
from dataclasses import replace

from tests.chaos.judge import Judge, Stored, differences
from tests.chaos.ledger import Ledger
from tests.chaos.senders import Connection
from tests.chaos.story import Item

TAKEN = Item("m1", "track", "d", at=1000, path="/a")
LOST = Item("m2", "track", "d", at=2000)
LIVE = Item("m3", "track", "")
ROWS = [
    Stored("m1", "m1", "d", "", "", 1000, "/a"),
    Stored("m3", "m3", "made", "", "", 70_200, ""),
]


def complaints(rows: Iterable[Stored]) -> list[str]:
    """Of m1 and m3, which were answered, and m2, which was not."""
    ledger = Ledger()
    for item, has_id in ((TAKEN, True), (LOST, False), (LIVE, True)):
        ledger.sent((item,), has_id, 70_000)
    ledger.taken((TAKEN,), 70_500)
    ledger.taken((LIVE,), 70_500, "made")
    return [*Judge(ledger, Connection(1, {}), 1).event_complaints([*rows])]


def test_what_was_answered_and_stored_is_right_with_or_without_what_got_no_answer() -> None:
    assert complaints(ROWS) == []
    assert complaints([*ROWS, Stored("m2", "made up", "d", "", "", 2000, "")]) == []


def test_an_answered_event_that_is_missing_is_seen() -> None:
    assert complaints(ROWS[1:]) == ["1 events that were answered 200 are missing: m1"]


def test_an_event_that_is_counted_twice_is_seen() -> None:
    lost = Stored("m2", "made up", "d", "", "", 2000, "")

    assert complaints([*ROWS, ROWS[0]]) == ["1 events are counted twice: m1"]
    assert complaints([*ROWS, lost, lost]) == ["1 events are counted twice: m2"]


def test_an_event_that_nobody_sent_is_seen() -> None:
    assert complaints([*ROWS, replace(ROWS[0], mark="")]) == ["1 events were never sent: "]


def test_an_event_of_another_time_device_or_id_is_seen() -> None:
    for change in ({"at": 1001}, {"device": "e"}, {"event": "other"}, {"profile": "p"}, {"path": "/b"}):
        assert [one.split(":")[0] for one in complaints([replace(ROWS[0], **change), ROWS[1]])] == ["1 events differ"]
    assert [one.split(":")[0] for one in complaints([ROWS[0], replace(ROWS[1], at=90_000)])] == ["1 events differ"]


def test_rows_too_many_and_too_few_are_told_apart() -> None:
    assert [*differences("session", ["a", "b"], ["b", "b"])] == [
        "1 sessions are missing: a",
        "1 sessions are there that must not be: b",
    ]
