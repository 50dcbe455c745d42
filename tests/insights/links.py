"""Devices and profiles that are somebody's, told late: as they are stored, and as an oracle sees them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from eventlens.clickhouse import client, people
from tests.insights.histories import hashed
from tests.insights.oracle import Event

# What becomes of generated histories: nothing, a device that is somebody's, an alias, and both of them.
LINKS = [{}, {"dd1": "u1"}, {"dd2": "u3", "dd3": "u3"}, {"pu2": "u1"}, {"dd1": "u1", "pu2": "u1", "dd3": "u4"}]
links = st.sampled_from(LINKS)


def link(project: str, links: Mapping[str, str]) -> None:
    """Each person's name, a device's with a d and a profile's with a p before it, to the profile that it is."""
    if not links:
        return
    columns = {
        "projectId": [project] * len(links),
        "key": [hashed(name) for name in links],
        "kind": ["device" if name.startswith("d") else "profile" for name in links],
        "id": [name[1:] for name in links],
        "person": [hashed(f"p{profile}") for profile in links.values()],
        "personId": list(links.values()),
        "version": [1] * len(links),
    }
    client.insert("persons", columns, token=f"{project}-links")
    people.refresh()


def as_linked(events: Sequence[Event], links: Mapping[str, str]) -> list[Event]:
    """The same events, each under the profile of the person whose it is."""
    return [replace(event, profile=links.get(event.person, event.profile)) for event in events]
