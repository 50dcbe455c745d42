"""What goes wrong in chDB, as the code, name and text that a ClickHouse would send."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

UNKNOWN_EXCEPTION = 1002
NOT_IMPLEMENTED = 48
UNKNOWN_TYPE = 50
UNKNOWN_SETTING = 115
TOO_MANY_SIMULTANEOUS_QUERIES = 202
QUERY_WAS_CANCELLED = 394

ENGINE_TEXT = re.compile(r"(?:Code: (?P<code>\d+)\. DB::Exception: )+(?P<message>.*)", re.DOTALL)


class EngineError(Exception):
    """An error with ClickHouse's own number; `message` reads as ClickHouse would write it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @classmethod
    def from_chdb(cls, error: Exception) -> Self:
        """chDB raises plain exceptions, sometimes with words of its own before ClickHouse's text."""
        found = ENGINE_TEXT.search(str(error))
        if found is None:
            return cls(UNKNOWN_EXCEPTION, f"DB::Exception: {error}")
        return cls(int(found["code"]), f"DB::Exception: {found['message']}")


@contextmanager
def translated() -> Iterator[None]:
    """chDB's exceptions, whatever their class, become EngineError at this border."""
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        raise EngineError.from_chdb(error) from error


class ProtocolError(Exception):
    """The client sent something that the native protocol does not know here: its connection is closed."""
