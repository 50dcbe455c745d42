"""The whole product on one machine, in the foreground: `python -m eventlens.embedded`."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured

from eventlens import config
from eventlens.embedded import preflight, supervision
from eventlens.embedded.console import Console
from eventlens.embedded.preflight import CannotStart, DataFolder
from eventlens.embedded.programs import WELCOME, ports, programs


def main() -> int:
    """Exit status 0 after a stop that was asked for, 1 if a part did not come up, 2 if nothing was started."""
    try:
        return start(config.load())
    except (ImproperlyConfigured, CannotStart) as reason:
        sys.stderr.write(f"Event Lens cannot start: {reason}\n")
        return 2


def start(settings: config.Config) -> int:
    # The parts run in the project's folder, wherever this was started, and must see the same data folder.
    os.environ["EVENTLENS_DATA_DIR"] = str(settings.data_dir)
    os.environ["PYTHONUNBUFFERED"] = "1"
    folder = DataFolder(settings.data_dir)
    after_a_kill = folder.claim()
    try:
        preflight.check_ports(ports(settings), after_a_kill=after_a_kill)
        rows = programs(settings)
        console = Console(sys.stdout.fileno(), [row.name for row in rows], plain=[WELCOME])
        console.say(f"Event Lens is starting; its data is in {settings.data_dir}.")
        return supervision.run(rows, settings.data_dir, console)
    finally:
        folder.release()


if __name__ == "__main__":
    sys.exit(main())
