"""Funnels by brute force: every attempt that a person's events allow, the best of them picked."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, permutations, product
from statistics import median
from typing import Any

from tests.insights.oracle import Event, sessions

Serves = Callable[[Event], bool]
Times = tuple[int, ...]


@dataclass(frozen=True)
class Ask:
    """`window` in milliseconds, `None` for no limit."""

    steps: Sequence[Serves]
    window: int | None = None
    order: str = "ordered"
    by: str = "person"
    exclude: Sequence[tuple[Serves, int, int]] = ()

    def in_time(self, start: int, at: int) -> bool:
        return self.window is None or at - start <= self.window


def funnel(events: Sequence[Event], start: int, end: int, ask: Ask) -> dict[str, list[Any]]:
    """Counts per step, and medians of the seconds since the step before (0 for the first or for nobody)."""
    return summary([best(own, ask) for own in divided(events, start, end, ask).values()], ask)


def summary(attempts: Sequence[Times], ask: Ask) -> dict[str, list[Any]]:
    steps = range(len(ask.steps))
    waits = [[(one[at] - one[at - 1]) / 1000 for one in attempts if len(one) > at] for at in steps]
    return {
        "counts": [sum(len(one) > at for one in attempts) for at in steps],
        "medians": [median(waits[at]) if at and waits[at] else 0 for at in steps],
    }


def by_value(
    events: Sequence[Event], start: int, end: int, ask: Ask, value: Callable[[Event], str], *, of_last: bool
) -> dict[str, dict[str, list[Any]]]:
    """The summary of each value at the first step, or at the last one taken; of one moment the smallest value."""
    found: dict[str, list[Times]] = defaultdict(list)
    for own in divided(events, start, end, ask).values():
        if times := best(own, ask):
            at = len(times) - 1 if of_last else 0
            serving = ask.steps if ask.order == "any" else [ask.steps[at]]
            there = [one for one in own if one.at == times[at] and any(serves(one) for serves in serving)]
            found[min(value(one) for one in there)].append(times)
    return {value: summary(attempts, ask) for value, attempts in found.items()}


def by_entry(events: Sequence[Event], start: int, end: int, ask: Ask, length: int) -> list[list[int]]:
    """Who took each step in the best attempt from each stretch of that length on."""
    rows = [[0] * len(ask.steps) for _ in range(start, end, length)]
    for own in divided(events, start, end, ask).values():
        furthest: dict[int, int] = defaultdict(int)
        for times in counting(own, ask):
            stretch = (times[0] - start) // length
            furthest[stretch] = max(furthest[stretch], len(times))
        for stretch, level in furthest.items():
            for at in range(level):
                rows[stretch][at] += 1
    return rows


def divided(events: Sequence[Event], start: int, end: int, ask: Ask) -> dict[Hashable, list[Event]]:
    groups: dict[Hashable, list[Event]] = defaultdict(list)
    for event, group in grouped(events, ask.by):
        if start <= event.at < end:
            groups[group].append(event)
    return groups


def grouped(events: Sequence[Event], by: str) -> Iterator[tuple[Event, Hashable]]:
    if by == "person":
        yield from ((event, event.person) for event in events)
        return
    for session in sessions(events):
        yield from ((event, (session.events[0].lane, session.start)) for event in session.events)


def best(own: Sequence[Event], ask: Ask) -> Times:
    """Furthest, then the earliest end, then the latest start."""
    return max(counting(own, ask), key=worth, default=())


def worth(times: Times) -> tuple[int, int, int]:
    return (len(times), -times[-1], times[0])


def counting(own: Sequence[Event], ask: Ask) -> list[Times]:
    """Attempts without an excluded event; none if one with it got further than all of them and none began later."""
    found = attempts(own, ask)
    clean = [times for times in found if not spoiled(times, own, ask)]
    furthest = max((len(times) for times in clean), default=0)
    last = max((times[0] for times in clean), default=0)
    lost = any(len(times) > furthest and times[0] >= last for times in found if times not in clean)
    return [] if lost else clean


def attempts(own: Sequence[Event], ask: Ask) -> list[Times]:
    """From each start the one that gets furthest, each step as early as it can be."""
    found = {"ordered": ordered, "strict": strict, "any": anyhow}[ask.order](sorted(own, key=lambda one: one.at), ask)
    starts: dict[int, list[Times]] = defaultdict(list)
    for times in found:
        starts[times[0]].append(times)
    return [
        tuple(min(times[at] for times in chosen if len(times) > at) for at in range(max(map(len, chosen))))
        for chosen in starts.values()
    ]


def spoiled(times: Times, own: Sequence[Event], ask: Ask) -> bool:
    for excluded, first, last in ask.exclude:
        if len(times) < first:
            continue
        for event in own:
            if excluded(event) and event.at > times[first - 1]:
                before_step = len(times) >= last and event.at < times[last - 1]
                in_vain = len(times) < last and ask.in_time(times[0], event.at)
                if before_step or in_vain:
                    return True
    return False


def ordered(own: Sequence[Event], ask: Ask) -> set[Times]:
    """All chains of distinct events, each serving its step, in no earlier time than the one before."""
    found: set[Times] = set()

    def extend(used: tuple[int, ...], times: Times) -> None:
        if times:
            found.add(times)
        if len(times) == len(ask.steps):
            return
        for at, event in enumerate(own):
            late = times and (event.at < times[-1] or not ask.in_time(times[0], event.at))
            if at not in used and not late and ask.steps[len(times)](event):
                extend((*used, at), (*times, event.at))

    extend((), ())
    return found


def strict(own: Sequence[Event], ask: Ask) -> set[Times]:
    """All runs of neighbours, in every order that equal times allow."""
    found: set[Times] = set()
    ties = [list(permutations(tie)) for _, tie in groupby(own, key=lambda one: one.at)]
    for arranged in product(*ties):
        row = [event for tie in arranged for event in tie]
        for begin in range(len(row)):
            times: Times = ()
            for step, event in zip(ask.steps, row[begin:], strict=False):
                if not step(event) or (times and not ask.in_time(times[0], event.at)):
                    break
                times = (*times, event.at)
                found.add(times)
    return found


def anyhow(own: Sequence[Event], ask: Ask) -> set[Times]:
    """From every moment on: the earliest time at which so many steps can be served by an event each."""
    found: set[Times] = set()
    useful = [event for event in own if any(step(event) for step in ask.steps)]
    for start in {event.at for event in useful}:
        within = [event for event in useful if event.at >= start and ask.in_time(start, event.at)]
        times: Times = ()
        for count in range(1, len(within) + 1):
            served = most_served(within[:count], ask.steps)
            times += (within[count - 1].at,) * (served - len(times))
            if times:
                found.add(times)
    return found


def most_served(own: Sequence[Event], steps: Sequence[Serves]) -> int:
    if not steps:
        return 0
    without = most_served(own, steps[1:])
    served = [
        1 + most_served([*own[:at], *own[at + 1 :]], steps[1:]) for at, event in enumerate(own) if steps[0](event)
    ]
    return max([without, *served])
