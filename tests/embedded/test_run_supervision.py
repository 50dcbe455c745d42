"""Starting in order, starting again what dies, stopping in order: supervisord over scripted programs."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.embedded.running import Running

SERVE = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SERVE
Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    runs = []

    def start(**scripts: str) -> Running:
        groups = {"redis": "stores", "clickhouse": "stores", "worker": "tasks", "beat": "tasks"}
        rows = [
            [name, groups.get(name, "front"), "step" if name in ("prepare", "welcome") else "serve", script]
            for name, script in scripts.items()
        ]
        runs.append(Running([sys.executable, "-m", "tests.embedded.scripted", str(tmp_path), json.dumps(rows)]))
        return runs[-1]

    yield start
    for run in runs:
        run.destroy()


def says_when_stopped(name: str, file: Path) -> str:
    note = f"lambda *_: (open({str(file)!r}, 'a').write('{name} '), sys.exit())"
    return f"import signal, sys; signal.signal(signal.SIGTERM, {note}); {SERVE}"


def test_web_and_worker_start_only_after_the_preparation(start: Start, tmp_path: Path) -> None:
    done = tmp_path / "prepared"
    run = start(
        redis=SERVE,
        prepare=f"import time; time.sleep(1); open({str(done)!r}, 'w').close()",
        web=f"import os; print('prepared first:', os.path.exists({str(done)!r}), flush=True); {SERVE}",
    )

    assert run.line("prepared first") == "web     | prepared first: True"


def test_lines_carry_the_name_of_their_part_and_the_welcome_none(start: Start) -> None:
    run = start(redis=SERVE, prepare="print('tables made')", web=SERVE, welcome="print('Ready.')")

    assert run.line("tables made") == "prepare | tables made"
    assert run.line("Ready.") == "Ready."


def test_a_part_killed_after_the_start_is_started_again_and_said(start: Start) -> None:
    run = start(redis=SERVE, prepare="", web=SERVE, welcome="print('Ready.')")
    run.line("Ready.")
    first = run.child(SERVE)

    first.kill()

    assert "ended unexpectedly (signal 9); starting it again in 1 s." in run.line("unexpectedly")
    run.line("up")
    assert first.pid not in [child.pid for child in run.family()]


def test_what_a_killed_part_leaves_behind_is_ended_with_it(start: Start) -> None:
    # In one write: both processes speak at the same time.
    forks = "import os; pid = os.fork(); os.write(1, b'forked %d\\n' % pid) if pid else None; "
    run = start(redis=SERVE, prepare="", worker=forks + SERVE, welcome="")
    orphan = psutil.Process(int(run.line("forked").split()[-1]))

    psutil.Process(orphan.ppid()).kill()

    orphan.wait(10)


def test_a_part_that_never_comes_up_ends_the_run_with_its_reason(start: Start) -> None:
    run = start(redis="import sys; sys.exit('no room on the disk')", prepare="import time; time.sleep(600)")

    assert run.end() == 1
    assert run.lines.count("redis   | no room on the disk") == 3
    assert "Event Lens cannot start: redis ended 3 times (exit status 1); the reason is above." in run.lines


def test_a_failed_preparation_ends_the_run(start: Start) -> None:
    run = start(redis=SERVE, prepare="import sys; sys.exit('tables are locked')", web=SERVE)

    assert run.end() == 1
    assert "prepare | tables are locked" in run.lines
    assert "Event Lens cannot start: prepare failed (exit status 1); the reason is above." in run.lines
    assert "web     | up" not in run.lines


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_front_then_the_tasks_then_the_stores(start: Start, tmp_path: Path, number: int) -> None:
    stopped = tmp_path / "stopped"
    parts = {name: says_when_stopped(name, stopped) for name in ("redis", "web", "worker")}
    run = start(prepare="", welcome="print('Ready.')", **parts)
    for _ in parts:
        run.line("up")

    run.process.send_signal(number)

    assert run.end() == 0
    assert stopped.read_text().split() == ["web", "worker", "redis"]
    assert run.lines[-1] == "Event Lens has stopped."


def test_parts_that_ignore_the_signal_are_gone_within_ten_seconds(start: Start) -> None:
    names = ("redis", "clickhouse", "worker", "beat", "web")
    run = start(prepare="", **dict.fromkeys(names, STUBBORN))
    for _ in names:
        run.line("up")
    family = run.family()
    began = time.monotonic()

    run.process.terminate()

    assert run.end() == 0
    assert time.monotonic() - began < 10
    assert [process for process in family if process.is_running()] == []


def test_parts_end_by_themselves_when_their_supervisor_is_killed(start: Start) -> None:
    run = start(redis=SERVE, prepare="", web=SERVE)
    run.line("up")
    run.line("up")
    family = run.family()

    os.kill(run.process.pid, signal.SIGKILL)

    gone, alive = psutil.wait_procs(family, timeout=10)
    assert (len(gone), alive) == (2, [])
