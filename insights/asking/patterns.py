"""Regular expressions as a request gives them, checked by ClickHouse itself: all of a request in one query."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from eventlens.clickhouse import client
from eventlens.clickhouse.errors import QueryRejected
from eventlens.clickhouse.sql import Sql

CHECK = "SELECT arrayExists(pattern -> match('', pattern), {patterns:Array(String)})"
MOST_TOLD = 3  # each costs some queries, for the answer to all of them names none
WRONG = "This is no regular expression in RE2 syntax; see https://github.com/google/re2/wiki/Syntax."


def wrong_among(patterns: Iterable[str]) -> set[str]:
    """Those that are no regular expressions, the first few of them; nobody is asked where there is none."""
    return set(islice(refused(sorted({one for one in patterns if one})), MOST_TOLD))


def refused(patterns: Sequence[str]) -> Iterator[str]:
    """Found by halves: all at once where nothing is wrong."""
    if not patterns or are_fine(patterns):
        return
    if len(patterns) == 1:
        yield patterns[0]
        return
    half = len(patterns) // 2
    yield from refused(patterns[:half])
    yield from refused(patterns[half:])


def are_fine(patterns: Sequence[str]) -> bool:
    try:
        client.query(Sql(CHECK, {"patterns": list(patterns)}))
    except QueryRejected:
        return False
    return True
