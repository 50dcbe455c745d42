"""Many events in one request: the good ones are taken, the bad ones named."""

import pytest

from eventlens.api import InvalidInput
from ingestion.wire import contract
from ingestion.wire.drafts import Draft, draft_all
from tests.ingestion.factories import HOUR, NOON, project, sender, track


def batch(*items: bytes, more: bytes = b"") -> tuple[dict[int, Draft], dict[int, tuple[str, str]]]:
    body = contract.read_batch(b'{"events":[' + b",".join(items) + b"]" + more + b"}")
    good, rejected = draft_all(body.items, project(), sender(sent_at=body.sent_at))
    numbered = {index: contract.numbered(index, problem) for index, problem in rejected.items()}
    return good, {index: (problem.field, problem.message) for index, problem in numbered.items()}


def test_a_bad_item_of_a_batch_does_not_spoil_the_others() -> None:
    good, rejected = batch(
        track(name="a"), b'{"type":"track","payload":{}}', b"7", b'{"type":"x"}', track(name="\0"), track(name="b"),
        b'{"type":"track","payload":{"name":"\xff"}}', b'{"type":"track","payload":{"name":"c","revenue":1e999}}',
    )  # fmt: skip

    assert {index: one.event.name for index, one in good.items()} == {0: "a", 5: "b"}
    assert {index: field for index, (field, _) in rejected.items()} == {
        1: "events[1].payload.name",
        2: "events[2]",
        3: "events[3].type",
        4: "events[4].payload.name",
        6: "events[6].payload",
        7: "events[7].payload.revenue",
    }


def test_half_an_emoji_in_a_batch_does_not_spoil_the_others() -> None:
    good, rejected = batch(track(name="a"), rb'{"type":"track","payload":{"name":"\ud83d"}}')

    assert [one.event.name for one in good.values()] == ["a", "�"]
    assert rejected == {}


def test_one_sent_at_corrects_the_clock_of_a_whole_batch() -> None:
    good, _ = batch(
        track(timestamp=NOON - 3 * HOUR), track(timestamp=NOON, sentAt=NOON), more=b',"sentAt":%d' % (NOON - 2 * HOUR)
    )

    assert [one.event.created_ms for one in good.values()] == [NOON - HOUR, NOON]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "events"),
        (b'{"events": 3}', "events"),
        (b'{"events": []}', "events"),
        (b'{"events": [' + b",".join([b"1"] * 1001) + b"]}", "events"),
        (b"[]", "body"),
        (b"nonsense", "body"),
        (b'{"events": [' + b"[" * 50_000, "body"),
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(body: bytes, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        contract.read_batch(body)

    assert [problem.field for problem in caught.value.problems] == [field]
