"""What is done when a part starts, ends or writes a line."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from supervisor import events
from supervisor.states import ProcessStates, SupervisorStates

from eventlens.embedded.console import Console
from eventlens.embedded.programs import PREPARE, WELCOME

TRIES = 10  # so many starts in a row with growing pauses, then one a minute
FIRST_TRIES = 3  # before the product was ever ready, a part that keeps failing ends the run


class Watch:
    """Subscribes to supervisord's events; `status` is what the product exits with."""

    def __init__(self, supervisor: Any, console: Console) -> None:
        self.supervisor, self.console = supervisor, console
        self.processes = {
            name: process for group in supervisor.process_groups.values() for name, process in group.processes.items()
        }
        self.status = 0
        self.is_ready = self.is_stopping = False
        self.ending = ""
        self.first_tries: Counter[str] = Counter()
        supervisor.options.waitpid = self.noting_how(supervisor.options.waitpid)
        events.subscribe(events.ProcessLogEvent, self.wrote)
        events.subscribe(events.ProcessStateExitedEvent, self.ended)
        events.subscribe(events.ProcessStateBackoffEvent, self.failed)
        events.subscribe(events.ProcessStateFatalEvent, self.failed_often)
        events.subscribe(events.ProcessStateStoppedEvent, self.stopped)
        events.subscribe(events.Tick60Event, self.minute)
        events.subscribe(events.SupervisorStoppingEvent, self.stopping)

    def noting_how(self, waitpid: Callable[[], Any]) -> Callable[[], Any]:
        """supervisord's events do not tell how a process ended; what it is told by the kernel does."""

        def noting() -> Any:
            pid, status = waitpid()
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self.ending = f"signal {-code}" if code < 0 else f"exit status {code}"
            return pid, status

        return noting

    def wrote(self, event: Any) -> None:
        self.console.feed(event.process.config.name, event.data)

    def ended(self, event: Any) -> None:
        name = self.buried(event.process)
        if name == PREPARE and event.expected:
            self.start_the_rest()
        elif name == WELCOME and event.expected:
            self.is_ready = True
        elif name in (PREPARE, WELCOME):
            self.give_up(f"{name} failed ({self.ending}); the reason is above.")
        else:
            self.start_again(name, "at once")

    def failed(self, event: Any) -> None:
        self.start_again(self.buried(event.process), f"in {event.process.backoff} s")

    def start_again(self, name: str, when: str) -> None:
        """Say that supervisord does so, unless the product was never ready and the part has had its chances."""
        if self.is_stopping:
            return
        self.first_tries[name] += not self.is_ready
        if not self.is_ready and self.first_tries[name] >= FIRST_TRIES:
            self.give_up(f"{name} ended {FIRST_TRIES} times ({self.ending}); the reason is above.")
        else:
            self.console.say(f"{name} ended unexpectedly ({self.ending}); starting it again {when}.")

    def failed_often(self, event: Any) -> None:
        if self.is_stopping:  # supervisord gives up on a part that waits for its next start
            return
        name = event.process.config.name
        self.console.say(f"{name} ended {TRIES + 1} times in a row; trying again once a minute.")

    def stopped(self, event: Any) -> None:
        self.buried(event.process)

    def minute(self, event: Any) -> None:
        if self.is_stopping:
            return
        for process in self.processes.values():
            if process.get_state() == ProcessStates.FATAL:
                process.spawn()

    def stopping(self, event: Any) -> None:
        self.is_stopping = True
        self.console.say("Stopping …")

    def start_the_rest(self) -> None:
        for process in self.processes.values():
            if process.get_state() == ProcessStates.STOPPED:
                process.spawn()

    def give_up(self, reason: str) -> None:
        self.console.say(f"Event Lens cannot start: {reason}")
        self.status = 1
        self.supervisor.options.mood = SupervisorStates.SHUTDOWN

    def buried(self, process: Any) -> str:
        """Show the dead part's last words and end what it left of its process group; returns its name."""
        name: str = process.config.name
        self.console.finish(name)
        if process.pid:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        return name
