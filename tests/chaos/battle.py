"""One seed from the first start to the verdict."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clickhouse_driver.errors import Error

from tests.chaos.judge import RANGE, TWICE, UNSENT, Judge
from tests.chaos.ledger import Ledger
from tests.chaos.plan import Form, flush_ms, plan
from tests.chaos.senders import PATIENCE_SECONDS, Connection, Reader, Sender
from tests.chaos.stack import Stack, running
from tests.chaos.story import story

COLD_SECONDS = 2  # while a part is frozen there may be no load to wait for
SETTLE_SECONDS = 120  # from the last answer until all of it is counted
REST_SECONDS = 2  # and then nothing more comes
Say = Callable[[str], None]


@dataclass
class Report:
    """What a seed came to; it passed if nothing is `wrong`."""

    seed: int
    wrong: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    freezes: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)
    settled_seconds: float = 0

    def text(self) -> str:
        parts = {"kills": self.kills, "freezes": self.freezes, "answers": self.answers, "compared": self.compared}
        lines = [f"seed {self.seed}: {'FAILED' if self.wrong else 'passed'}, settled in {self.settled_seconds:.1f} s"]
        lines += [f"  {name}: {sum(found.values())}: {listed(found)}" for name, found in parts.items()]
        return "\n".join([*lines, *(f"  WRONG: {one}" for one in self.wrong)])


def listed(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items()))


def battle(seed: int, form: Form, folder: Path, say: Say) -> Report:
    """Start, fight, settle, judge."""
    report, ledger = Report(seed), Ledger()
    with running(folder, form, flush_ms(seed)) as stack:
        port, keys, stop = stack.port, stack.keys(), threading.Event()
        stories = [story(seed, number) for number in range(form.senders)]
        senders = [Sender(Connection(port, keys), requests, ledger, stop) for requests in stories]
        reader = Reader(Connection(port, keys), f"/insights/demo/metrics?{RANGE}", ledger, stop)
        for thread in [*senders, reader]:
            thread.start()
        fight(stack, seed, form, ledger, report, say)
        stop.set()
        finish(stack, [*senders, reader], ledger)
        report.answers.update(ledger.counts)
        settle(stack, Judge(ledger, Connection(port, keys), port + 2), report, say)
    report.wrong[:0] = ledger.wrong
    return report


def fight(stack: Stack, seed: int, form: Form, ledger: Ledger, report: Report, say: Say) -> None:
    """All faults of the plan, each at its moment or as soon as there are a load and a process that it can hit."""
    began, late = time.monotonic(), 0.0
    for fault in plan(seed, form):
        patience = COLD_SECONDS if stack.frozen else form.patience
        late += await_load(stack, ledger, began + fault.at + late, fault.answers, patience)
        stack.commit(fault)
        (report.kills if fault.act == "kill" else report.freezes)[fault.part] += 1
        length = f" for {fault.seconds:g} s" if fault.seconds else ""
        now = time.monotonic() - began
        say(f"seed {seed}, {now:5.1f} s: {fault.act} {fault.part}{length}; {report.kills.total()} kills")


def await_load(stack: Stack, ledger: Ledger, moment: float, answers: int, patience: float) -> float:
    """Until the moment, and until so many more requests were taken; returns the seconds that the latter took."""
    due = ledger.counts["200"] + answers
    while (now := time.monotonic()) < moment or (ledger.counts["200"] < due and now < moment + patience):
        stack.keep_up()
        time.sleep(0.02)
    return max(0.0, now - moment)


def finish(stack: Stack, threads: list[threading.Thread], ledger: Ledger) -> None:
    """Until every sender has its answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS + 30
    while any(thread.is_alive() for thread in threads) and time.monotonic() < deadline:
        stack.keep_up()
        time.sleep(0.05)
    if any(thread.is_alive() for thread in threads):
        ledger.complain("a sender did not come to an end")


def settle(stack: Stack, judge: Judge, report: Report, say: Say) -> None:
    """Wait until all is as it must be; then it has to stay so."""
    began = time.monotonic()
    stack.await_thaw()
    while (wrong := verdict(judge)) and time.monotonic() < began + SETTLE_SECONDS and not hopeless(wrong):
        say(f"seed {report.seed}, settling: {wrong[0][:100]}")
        stack.keep_up()
        time.sleep(0.5)
    report.settled_seconds = time.monotonic() - began
    if not wrong:
        time.sleep(REST_SECONDS)
        wrong = verdict(judge)
    report.wrong += wrong
    report.compared.update(judge.compared)


def hopeless(wrong: list[str]) -> bool:
    """No time undoes an event too many."""
    return any(TWICE in one or UNSENT in one for one in wrong)


def verdict(judge: Judge) -> list[str]:
    """What the judge says; a store or a server that does not answer yet is a complaint too."""
    try:
        return judge.complaints()
    except (OSError, EOFError, Error) as away:
        return [f"the judge gets no answer: {away}"]
