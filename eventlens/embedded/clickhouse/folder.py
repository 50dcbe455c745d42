"""The data folder belongs to one process at a time: chDB does not check that, and two would destroy it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderInUse(RuntimeError):
    """Another process serves this data folder."""


@contextmanager
def owned(folder: Path) -> Iterator[Path]:
    """Create the folder, keep others out of it, and yield where chDB may store; the system frees it when we die."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise FolderInUse(
                f"The data folder {folder} is in use by process {lock.read().strip() or 'unknown'}: "
                "stop that one, or give this one another --data-dir."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield folder / "store"
