"""Answers kept in Redis: a moment where the range touches now, longer where it is closed, until its rows change."""

import hashlib
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec

from eventlens import changes, short_memory
from eventlens.api import encoder
from eventlens.limits import limits
from insights.asking.scope import Scope

# They read events and sessions, and persons; nothing that is later than SPILL after the range, or after the period
# that the range ends in. Of bots, and of what is read raw or row by row, nobody notes a change or keeps a copy.
KEPT = frozenset(
    (
        "metrics",
        "timeseries",
        "pages",
        "entry-pages",
        "exit-pages",
        "referrers",
        "channels",
        "utm",
        "devices",
        "geo",
        "query",
        "breakdown",
        "goals",
        "revenue",
        "funnel",
        "trends",
        "paths",
        "retention",
        "lifecycle",
        "stickiness",
    )
)
# What these mean changes without a note: a filter by cohort; dimensions; the entities of a funnel.
NOT_NOTED = ("'cohort'", "cohort.", "group.", "group:", "profile.")
OF_PERSONS = ("'deviceId'", "'profileId'")  # ids of persons are not copied
SPILL = timedelta(days=2)
OPEN_SECONDS = 2
SETTLED_SECONDS = 60  # until every process and ClickHouse's dictionary know who is who
MOST_BYTES = 256 * 1024


def kept(question: str, params: Any, now: datetime, answer: Callable[[], Any]) -> Any:
    """The answer of a moment ago if nothing has changed since, else a new one."""
    scope = getattr(params, "scope", None)
    if question not in KEPT or not limits().answers_kept_seconds or not isinstance(scope, Scope):
        return answer()
    asked = repr((question, params))
    if any(word in asked for word in (*NOT_NOTED, *OF_PERSONS)):
        return answer()
    until = last_of(scope, params) + SPILL
    # Read before the rows are: what is stored meanwhile makes another version, and this answer is not found again.
    noted = short_memory.tried(lambda store: changes.version(store, scope.project, int(until.timestamp() * 1000)))
    if noted is None:
        return answer()
    version, at = noted
    name = key_of(scope.project, asked, version)
    if found := short_memory.tried(lambda store: cast("bytes | None", store.get(name))):
        return msgspec.Raw(zlib.decompress(found))
    data = answer()
    is_closed = until < now and at + SETTLED_SECONDS < now.timestamp()
    remember(name, encoder.encode(data), limits().answers_kept_seconds if is_closed else OPEN_SECONDS)
    return data


def last_of(scope: Scope, params: Any) -> datetime:
    """The end of the range; of whole periods, which may be longer, the end of the last one."""
    boundaries: tuple[datetime, ...] = getattr(params, "boundaries", ())
    return max(scope.end, *boundaries[-1:]) if boundaries else scope.end


def key_of(project: str, asked: str, version: str) -> str:
    whole = repr((project, asked, version)).encode("utf-8", "surrogatepass")
    return f"eventlens:answer:{hashlib.sha256(whole).hexdigest()}"


def remember(name: str, answer: bytes, seconds: int) -> None:
    if len(answer) <= MOST_BYTES:
        short_memory.tried(lambda store: store.set(name, zlib.compress(answer, 1), ex=seconds))
