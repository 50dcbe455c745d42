"""Run a command that is asked to stop when its supervisor dies, even by `kill -9`.

    python -m eventlens.embedded.tether SUPERVISOR_PID COMMAND [ARGUMENT …]

The kernel keeps the request across exec, so nothing of this module stays in memory.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(supervisor: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != supervisor:  # it died before the kernel was asked
        return
    os.execvp(command[0], command)  # noqa: S606 - no shell is what is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
