"""The log on the terminal: whole lines, each led by the name of the part that wrote it."""

import os
from collections.abc import Collection

LONGEST_LINE = 64 * 1024


class Console:
    """Writes to one file descriptor; parts in `plain` speak for the product and get no prefix."""

    def __init__(self, descriptor: int, names: Collection[str], plain: Collection[str] = ()) -> None:
        self.descriptor = descriptor
        width = max(map(len, names), default=0)
        self.prefixes = {name: "" if name in plain else f"{name:<{width}} | " for name in names}
        self.unfinished: dict[str, bytes] = {}

    def feed(self, name: str, data: bytes) -> None:
        """Show the lines that `data` completes and keep the rest: pipes do not respect line ends."""
        *lines, rest = (self.unfinished.pop(name, b"") + data).split(b"\n")
        for line in lines:
            self.show(name, line)
        if len(rest) > LONGEST_LINE:
            self.show(name, rest)
        elif rest:
            self.unfinished[name] = rest

    def finish(self, name: str) -> None:
        """Show what a part wrote last, even if it died in the middle of a line."""
        if rest := self.unfinished.pop(name, b""):
            self.show(name, rest)

    def say(self, text: str) -> None:
        """A message of the product itself."""
        self.write(text.encode() + b"\n")

    def show(self, name: str, line: bytes) -> None:
        self.write(self.prefixes[name].encode() + line.rstrip(b"\r") + b"\n")

    def write(self, line: bytes) -> None:
        try:
            while line:
                line = line[os.write(self.descriptor, line) :]
        except OSError:
            # The terminal or the pipe is gone; the product goes on without anyone reading its log.
            self.descriptor = os.open(os.devnull, os.O_WRONLY)
