"""supervisord inside this process: its configuration and its run.

supervisord would have an event listener be one more process, which speaks a protocol over pipes, misses
events when it is slow and has to be supervised itself. Here the listener subscribes within the process.
"""

import os
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from supervisor.medusa import asyncore_25 as asyncore
from supervisor.options import ServerOptions
from supervisor.supervisord import Supervisor

from eventlens.embedded.console import Console
from eventlens.embedded.programs import FRONT, PREPARE, STOP_SECONDS, STORES, TASKS, Program
from eventlens.embedded.watch import TRIES, Watch

ROOT = Path(__file__).resolve().parents[2]
PRIORITIES = {FRONT: 90, TASKS: 80, STORES: 70}  # the highest is stopped first
STEADY_SECONDS = 5  # a part that ends sooner is started again after a pause that grows


def run(programs: Sequence[Program], folder: Path, console: Console) -> int:
    """Run the parts until a signal or a failed start; returns the exit status of the product."""
    path = folder / "supervisord.conf"
    path.write_text(configuration(programs, folder))
    options = ServerOptions()
    options.realize(["-c", str(path)])
    options.test = False  # supervisord's own main() sets it: run for ever
    options.make_logger()
    supervisor = Supervisor(options)
    for group in options.process_group_configs:
        supervisor.add_process_group(group)
    options.setsignals()
    options.write_pidfile()
    wakeup = Wakeup()
    options.get_socket_map()[wakeup.reader] = wakeup
    watch = Watch(supervisor, console)
    try:
        supervisor.runforever()
    except asyncore.ExitNow:
        console.say("Event Lens has stopped.")
    finally:
        options.cleanup()
    return watch.status


class Wakeup:
    """Ends supervisord's sleep of a second when a signal comes, so that no stage of a stop waits for nothing."""

    def __init__(self) -> None:
        self.reader, writer = os.pipe()
        os.set_blocking(self.reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        os.write(writer, b"!")  # the first round, which starts the stores, comes at once too

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def handle_read_event(self) -> None:
        os.read(self.reader, 4096)

    def handle_error(self) -> None:
        """Reading what poll announced cannot fail; supervisord asks for the method all the same."""


def configuration(programs: Sequence[Program], folder: Path) -> str:
    """The text of supervisord.conf."""
    sections = [
        section(
            "supervisord",
            nodaemon="true",
            silent="true",
            directory=str(ROOT),
            logfile=str(folder / "supervisord.log"),
            logfile_maxbytes="1MB",
            logfile_backups="1",
            pidfile=str(folder / "supervisord.pid"),
        )
    ]
    for group, priority in PRIORITIES.items():
        if names := [program.name for program in programs if program.group == group]:
            sections.append(section(f"group:{group}", programs=",".join(names), priority=str(priority)))
    return "\n".join(sections + [program_section(program) for program in programs])


def program_section(program: Program) -> str:
    tethered = [sys.executable, "-m", "eventlens.embedded.tether", str(os.getpid()), *program.command]
    return section(
        f"program:{program.name}",
        command=shlex.join(tethered),
        autostart="true" if program.group == STORES or program.name == PREPARE else "false",
        autorestart="false" if program.is_step else "true",
        startsecs="0" if program.is_step else str(STEADY_SECONDS),
        startretries=str(TRIES),
        stopwaitsecs=str(STOP_SECONDS[program.group]),
        killasgroup="true",
        redirect_stderr="true",
        stdout_logfile="NONE",
        stdout_events_enabled="true",
    )


def section(title: str, **values: str) -> str:
    """One section; supervisord expands %(…)s in every value, so a plain % is doubled."""
    lines = [f"{key}={value.replace('%', '%%')}" for key, value in values.items()]
    return "\n".join([f"[{title}]", *lines, ""])
