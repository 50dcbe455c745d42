"""Paths in plain Python: walks each person's or session's items one after another. No code of the product."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Any

from tests.insights import oracle
from tests.insights.oracle import Event

Item = tuple[str, str]  # kind, name
Named = Callable[[Event], Item]


@dataclass(frozen=True)
class Asked:
    by: str = "session"
    include: str = "pages"
    depth: int = 5
    start: Item | None = None
    end: Item | None = None
    exclude: tuple[str, ...] = ()
    collapse: bool = True
    minimum: int = 1
    share: float = 0


def plain(event: Event) -> Item:
    return ("page", event.path) if event.is_view else ("event", event.name)


def walks(
    events: Sequence[Event], low: int, high: int, asked: Asked, matches: oracle.Test, named: Named
) -> list[list[tuple[int, Item]]]:
    """The path of each entity, in the order in which it is looked at: with an end, backwards."""
    found: dict[Any, list[tuple[int, Item]]] = defaultdict(list)
    session_of = {id(event): at for at, one in enumerate(oracle.sessions(events)) for event in one.events}
    for event in sorted(events, key=lambda event: (event.at, event.order)):
        if not low <= event.at < high or not matches(event):
            continue
        if {"pages": not event.is_view, "events": event.is_view}.get(asked.include, False):
            continue
        if named(event)[1] in asked.exclude:
            continue
        walk = found[session_of[id(event)] if asked.by == "session" else event.person]
        if not asked.collapse or not walk or walk[-1][1] != named(event):
            walk.append((event.at, named(event)))
    cut = (anchored(walk, asked) for walk in found.values())
    return [walk for walk in cut if walk]


def anchored(walk: list[tuple[int, Item]], asked: Asked) -> list[tuple[int, Item]]:
    wanted = asked.start or asked.end
    if wanted is None:
        return walk
    places = [at for at, (_, item) in enumerate(walk) if item == wanted]
    if not places:
        return []
    return walk[places[0] :] if asked.start else walk[: places[0] + 1][::-1]


def paths(
    events: Sequence[Event],
    low: int,
    high: int,
    asked: Asked,
    matches: oracle.Test = oracle.anything,
    named: Named = plain,
) -> dict[str, Any]:
    """Nodes as (step, kind, name) to (count, drop-offs); links by the two items to (count, median seconds)."""
    found = walks(events, low, high, asked, matches, named)
    nodes: Counter[tuple[int, Item]] = Counter()
    ended: Counter[tuple[int, Item]] = Counter()
    waits: dict[tuple[int, Item, Item], list[float]] = defaultdict(list)
    for walk in found:
        for at, (time, item) in enumerate(walk[: asked.depth]):
            nodes[at + 1, item] += 1
            if at + 1 == len(walk):
                ended[at + 1, item] += 1
            elif at + 1 < asked.depth:
                waits[at + 1, item, walk[at + 1][1]].append(abs(walk[at + 1][0] - time) / 1000)
    least = max(asked.minimum, ceil(len(found) * asked.share / 100))
    return {
        "paths": len(found),
        "nodes": {node: (count, ended[node]) for node, count in nodes.items() if count >= least},
        "links": {link: (len(all_), median(all_)) for link, all_ in waits.items() if len(all_) >= least},
        "totalNodes": len(nodes),
        "totalLinks": len(waits),
    }
