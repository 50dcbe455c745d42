"""Sessions from a list of events, in plain Python: what the rollup is held against."""

from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    device: str
    at: int  # milliseconds
    path: str = ""  # '' for what is not a page view
    session: str = ""  # as the client gave it
    profile: str = ""
    order: int = 0  # ties in time go by arrival


@dataclass(frozen=True, order=True)
class Session:
    start: int
    device: str
    end: int
    events: int
    views: int
    bounce: bool
    entry: str
    exit: str
    profile: str


def sessions(events: list[Event], timeout: int) -> list[Session]:
    """All sessions, sorted."""
    lanes: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        lanes["s" + event.session if event.session else "d" + event.device].append(event)
    result = []
    for lane in lanes.values():
        lane.sort(key=lambda event: (event.at, event.order))
        groups: list[list[Event]] = []
        for event in lane:
            if groups and (event.session or event.at - groups[-1][-1].at <= timeout):
                groups[-1].append(event)
            else:
                groups.append([event])
        result += [summary(group) for group in groups]
    return sorted(result)


def summary(group: list[Event]) -> Session:
    paths = [event.path for event in group if event.path]
    return Session(
        start=group[0].at,
        device=group[0].device,
        end=group[-1].at,
        events=len(group),
        views=len(paths),
        bounce=len(paths) < 2 and len(paths) == len(group),
        entry=paths[0] if paths else "",
        exit=paths[-1] if paths else "",
        profile=next((event.profile for event in group if event.profile), ""),
    )
