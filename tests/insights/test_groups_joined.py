"""The dimension `group.<type>` of who is in several groups of a type: the one joined last, merged or not."""

from collections.abc import Sequence

import pytest

from eventlens.clickhouse import client
from eventlens.clickhouse.sql import Sql, compose
from insights.asking.dimensions import dimension_sql
from tests.insights.groups import stored_in_groups, typed
from tests.insights.histories import DAY, MINUTE, at, hashed, moment, scope
from tests.insights.oracle import Event

NOON = at("2024-01-10T12:00")

pytestmark = pytest.mark.usefixtures("clickhouse")


def named(project: str, groups: Sequence[str]) -> None:
    """Events of a batch each name a group, a minute apart; each makes a part of its own, as each batch does."""
    for number, group in enumerate(groups):
        row: dict[str, Sequence[object]] = {
            "projectId": [project],
            "groupId": [group],
            "personKey": [hashed("dann")],
            "profileId": [""],
            "deviceId": ["ann"],
            "joinedAt": [moment(NOON + number * MINUTE)],
        }
        client.insert("group_members", row, token=f"{project}{number}")


def companies(project: str) -> list[str]:
    asked = scope(project, NOON, NOON + DAY)
    by = dimension_sql("group.company", asked.subject(), "by")
    rows = client.query(compose("SELECT $by AS value FROM events WHERE $events", by=by, events=asked.events()))
    return [row["value"] for row in rows]


def test_a_group_that_is_named_again_is_not_joined_again_whether_rows_are_merged_or_not() -> None:
    project = stored_in_groups([Event(NOON, device="ann")], [[]])
    typed(project, {"acme": "company", "globex": "company"})
    named(project, ["acme", "globex", "acme"])

    before = companies(project)
    client.command(Sql("OPTIMIZE TABLE group_members FINAL"))

    assert before == companies(project) == ["globex"]
