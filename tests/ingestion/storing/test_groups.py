"""The groups that an event names: kept with it, and its person is then a member."""

from typing import Any

import pytest
import redis

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql
from ingestion.storing import drain
from ingestion.wire import contract
from ingestion.wire.drafts import draft
from ingestion.wire.refusal import Refused
from tests.ingestion.factories import CRAWLER, MINUTE, NOON, drafted, item, project, say, send, sender, track

Log = redis.Redis
STORED = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse", "shop")]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["acme", "beta"], ["acme", "beta"]),
        (["acme", 7, 7.0, "acme"], ["acme", "7"]),
        (["", None, "undefined", "null", "acme"], ["acme"]),
        ([], []),
        (None, []),
    ],
)
def test_groups_are_ids(given: Any, expected: list[str]) -> None:
    assert drafted(groups=given).groups == expected


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ("acme", "payload.groups"),
        ([{"id": "acme"}], "payload.groups[0]"),
        (["x" * 201], "payload.groups[0]"),
        (["a", "b\0"], "payload.groups[1]"),
        ([f"g{number}" for number in range(101)], "payload.groups"),
    ],
)
def test_what_is_no_list_of_ids_is_refused_by_its_place(given: Any, field: str) -> None:
    with pytest.raises(Refused) as caught:
        draft(contract.read_one(track(groups=given)), project(), sender())

    assert caught.value.problem.field == field


def rows(columns: str, table: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in client.query(Sql(f"SELECT {columns} FROM {table} ORDER BY ALL"))]


class TestStored:
    pytestmark = STORED

    def test_an_event_keeps_its_groups(self, log: Log) -> None:
        send({"name": "a", "deviceId": "d", "groups": ["acme", "beta"]}, {"name": "b", "deviceId": "d"})

        drain.drain(0)

        assert rows("name, groups", "events") == [("a", ["acme", "beta"]), ("b", [])]

    def test_its_person_is_a_member_since_the_earliest_event(self, log: Log) -> None:
        send(
            {"deviceId": "d", "profileId": "p", "groups": ["acme"]},
            {"deviceId": "d", "profileId": "p", "groups": ["acme", "beta"], "timestamp": NOON - MINUTE},
            {"deviceId": "e", "groups": ["acme"]},
        )

        drain.drain(0)

        assert rows("groupId, profileId, deviceId, toUnixTimestamp64Milli(joinedAt)", "group_members") == [
            ("acme", "", "e", NOON),
            ("acme", "p", "", NOON - MINUTE),
            ("beta", "p", "", NOON - MINUTE),
        ]

    def test_events_and_assignments_of_one_batch_both_count(self, log: Log) -> None:
        say(
            item("assign_group", groupIds=["acme"], profileId="p"),
            track(profileId="q", deviceId="d", groups=["acme"]),
        )

        drain.drain(0)

        assert rows("groupId, profileId", "group_members") == [("acme", "p"), ("acme", "q")]

    def test_bots_nobody_and_a_back_end_that_names_no_one_join_nothing(self, log: Log) -> None:
        send({"profileId": "p", "groups": ["acme"]}, by=sender(user_agent=CRAWLER))
        send({"profileId": "null", "groups": ["acme"]}, by=sender(NOON - MINUTE))
        send({"groups": ["acme"]}, by=sender(user_agent="python-requests/2.31", by_secret=True))

        drain.drain(0)

        assert rows("groupId", "group_members") == []
        assert rows("groups", "events") == [(["acme"],), (["acme"],)]
