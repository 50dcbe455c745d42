"""Groups in stored histories: which ones events name, of which type they are, and who is in them."""

from collections.abc import Mapping, Sequence

from eventlens.clickhouse import client
from tests.insights.histories import columns, hashed, moment, new_project
from tests.insights.oracle import Event


def stored_in_groups(events: Sequence[Event], named: Sequence[list[str]]) -> str:
    """The events, each with the groups that it names; without sessions."""
    project = new_project()
    client.insert("events", {**columns(project, events), "groups": list(named)}, token=project)
    return project


def typed(project: str, types: Mapping[str, str]) -> None:
    """The type of each group."""
    size = len(types)
    told: dict[str, Sequence[object]] = {
        "projectId": [project] * size,
        "groupId": list(types),
        "key": ["type"] * size,
        "changedAt": [moment(0)] * size,
        "receivedAt": [moment(0)] * size,
        "eventId": list(types),
        "kind": ["set"] * size,
        "value": [f'"{kind}"' for kind in types.values()],
        "amount": [0] * size,
    }
    client.insert("group_changes", told, token=f"{project}types")


def joined(project: str, device: str, groups: Sequence[str]) -> None:
    """A person without a profile becomes a member."""
    size = len(groups)
    members: dict[str, Sequence[object]] = {
        "projectId": [project] * size,
        "groupId": list(groups),
        "personKey": [hashed(f"d{device}")] * size,
        "profileId": [""] * size,
        "deviceId": [device] * size,
        "joinedAt": [moment(0)] * size,
    }
    client.insert("group_members", members, token=f"{project}{device}")
