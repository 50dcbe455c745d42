"""What goes wrong and when: a pure function of the seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

PARTS = ("redis", "clickhouse", "web", "worker", "chores", "beat")
# A process is one that a part has forked; the product is the supervisor alone, the machine is all of it at once.
CHILDREN = ("web process", "worker process")
WHOLE = ("product", "machine")
WEIGHTS = {
    "redis": 5,
    "clickhouse": 5,
    "worker process": 5,
    "worker": 4,
    "chores": 4,
    "web": 3,
    "web process": 3,
    "beat": 2,
    "product": 1,
    "machine": 1,
}
AT_ONCE = 0.15  # of the kills come together with the one before
AIMED = 0.9  # of the kills hit while a batch is being stored, which is where an event could get lost or doubled
WHILE_STORING = 0.15  # seconds after a batch was read: about as long as it takes to be stored and acknowledged


@dataclass(frozen=True)
class Fault:
    """One thing that happens, so many seconds after the load began; `seconds` is how long a freeze lasts."""

    at: float
    act: str  # kill or freeze
    part: str
    which: int = 0  # of several processes
    seconds: float = 0
    aim: float | None = None  # it waits for a batch to be read, and then for so many seconds
    answers: int = 0  # it also waits for so many answers since the fault before, so that there is a load to hit


@dataclass(frozen=True)
class Form:
    """How long and how hard: kills, seconds between them, freezes and their lengths, room in the log."""

    kills: int
    gap: float
    freezes: Sequence[tuple[str, float]]
    whole: bool  # whether product and machine are killed too
    queue_entries: int
    senders: int
    patience: float  # seconds that a fault waits for a load at most


# A lock on a part of the log lives for 15 s, that of a rollup for 20: who is frozen for longer wakes up without it.
SHORT = Form(9, 0.6, (("clickhouse", 2.0), ("redis", 2.0)), whole=False, queue_entries=120, senders=6, patience=2)
LONG = Form(
    40,
    1.6,
    (("clickhouse", 6.0), ("redis", 4.0), ("worker process", 22.0), ("chores", 25.0)),
    whole=True,
    queue_entries=300,
    senders=6,
    patience=12,
)
MINUTE = ("clickhouse", 60.0)
LONGEST_FLUSH_MS = 300  # as the product comes


def plan(seed: int, form: Form) -> list[Fault]:
    """All faults in the order of their moments; every part is killed at least once."""
    rng = Random(f"plan {seed}")
    length = form.kills * form.gap
    frozen = [freeze(rng, part, seconds, length) for part, seconds in freezes(seed, form)]
    return sorted([*frozen, *kills(rng, form, frozen)], key=lambda fault: fault.at)


def flush_ms(seed: int) -> int:
    """How long a batch may grow; without a pause, as in every third run, something is stored nearly all the time."""
    return 0 if seed % 3 == 0 else Random(f"flush {seed}").randint(1, LONGEST_FLUSH_MS)


def freezes(seed: int, form: Form) -> list[tuple[str, float]]:
    """Every other long run stops ClickHouse for a whole minute."""
    return [*form.freezes, *([MINUTE] if form.whole and seed % 2 == 0 else [])]


def freeze(rng: Random, part: str, seconds: float, length: float) -> Fault:
    latest = max(1.0, length - seconds / 2)
    return Fault(round(rng.uniform(1.0, latest), 2), "freeze", part, rng.randrange(8), seconds)


def kills(rng: Random, form: Form, frozen: Sequence[Fault]) -> Iterator[Fault]:
    names = [name for name in WEIGHTS if form.whole or name not in WHOLE]
    waiting = [*PARTS, *CHILDREN, *(WHOLE if form.whole else ())]
    waiting += rng.choices(names, [WEIGHTS[name] for name in names], k=form.kills - len(waiting))
    rng.shuffle(waiting)
    at = 0.0
    while waiting:
        pause, answers = (0.0, 0) if rng.random() < AT_ONCE else (rng.uniform(0.2, 2 * form.gap), rng.randint(0, 60))
        at += pause
        part = next((name for name in waiting if may_be_killed(name, at, frozen)), None)
        if part is not None:
            waiting.remove(part)
            aim = rng.uniform(0, WHILE_STORING) if rng.random() < AIMED else None
            yield Fault(round(at, 2), "kill", part, rng.randrange(8), aim=aim, answers=answers)


def may_be_killed(part: str, at: float, frozen: Sequence[Fault]) -> bool:
    """A kill would end the freeze of a part; the whole product could not start again beside a frozen one."""
    now = [fault.part for fault in frozen if fault.at - 1 <= at <= fault.at + fault.seconds + 1]
    related = {"worker process": "worker"}
    return not now if part in WHOLE else all(part not in (name, related.get(name)) for name in now)
