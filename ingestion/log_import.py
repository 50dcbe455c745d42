"""Bring a web server's access log in through the same door as HTTP: resumable, without double counting.

How far a file came stands in Redis, by the hash of its first line, so that a log that has grown meanwhile goes on
where it ended. Each line also has an event id of its own: what was accepted just before a crash, and not noted, is a
repeat and not counted again.
"""

import gzip
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from analytics.directory import ProjectRecord
from ingestion.access_log import NotALogLine, PageView, page_view
from ingestion.door.accept import accept, translated_errors
from ingestion.log import stream
from ingestion.wire.contract import Item
from ingestion.wire.drafts import Draft, Sender, draft
from ingestion.wire.payloads import TrackPayload
from ingestion.wire.refusal import Refused

LINES_AT_ONCE = 1000
# The import waits while so many entries wait to be stored: a log of years must not fill Redis's memory.
MOST_WAITING = 200
WAIT_SECONDS = 0.1


@dataclass
class Report:
    """What became of the lines so far."""

    lines: int = 0
    views: int = 0
    others: int = 0
    repeated: int = 0
    bad: list[str] = field(default_factory=list)


class LogFile:
    """An access log, plain or gzip, read from where an earlier import ended."""

    def __init__(self, path: Path, project: ProjectRecord) -> None:
        self.path, self.project = path, project
        self.key = stream.imported_key(project.id)

    @contextmanager
    def opened(self) -> Iterator[tuple[Iterable[bytes], BinaryIO]]:
        """The lines, and the file as it lies on disk for the progress."""
        with self.path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            with gzip.open(raw, "rb") if packed else nullcontext(raw) as lines:
                yield lines, raw

    def fingerprint(self) -> str:
        with self.opened() as (lines, _):
            first = next(iter(lines), b"")
        # The same before and after the server begins a second line.
        return blake2b(first if first.endswith(b"\n") else first + b"\n", digest_size=8).hexdigest()

    def done(self, fingerprint: str) -> int:
        """How many lines were brought in before."""
        return int(stream.store().hget(self.key, fingerprint) or 0)

    def note(self, fingerprint: str, count: int) -> None:
        stream.store().hset(self.key, fingerprint, count)

    def imported(self, progress: Callable[[int], object]) -> Report:
        """Send what was not sent before, a piece at a time, and note each piece."""
        fingerprint = self.fingerprint()
        start = self.done(fingerprint)
        report = Report()
        drafts: list[Draft] = []
        with self.opened() as (lines, raw):
            for number, line in enumerate(islice(lines, start, None), start=start + 1):
                if is_half(line):
                    break
                take(line, number, fingerprint, self.project, drafts, report)
                if number % LINES_AT_ONCE == 0:
                    send(self.project, drafts, report)
                    self.note(fingerprint, number)
                    progress(raw.tell())
            send(self.project, drafts, report)
            self.note(fingerprint, start + report.lines)
            progress(raw.tell())
        return report


def import_log(path: Path, project: ProjectRecord, progress: Callable[[int], object]) -> Report:
    """Send the file's page views; `progress` is told the position in the file, in bytes.

    Raises Unavailable if Redis is away, OSError if the file cannot be read; run again, it goes on where it ended.
    """
    with translated_errors():
        return LogFile(path, project).imported(progress)


def take(
    line: bytes, number: int, fingerprint: str, project: ProjectRecord, drafts: list[Draft], report: Report
) -> None:
    """Add the line's page view, if it is one, to the drafts."""
    report.lines += 1
    try:
        view = page_view(text_of(line))
        if view is None:
            report.others += 1
            return
        drafts.append(drafted(view, f"log-{fingerprint}-{number}", project))
    except NotALogLine:
        report.bad.append(f"line {number}: not in the combined format")
    except Refused as refused:
        report.bad.append(f"line {number}: {refused.problem.field}: {refused.problem.message}")


def is_half(line: bytes) -> bool:
    """Whether the web server is still writing the line, the last one: the next import finds it whole."""
    if line.endswith(b"\n"):
        return False
    try:
        page_view(text_of(line))
    except NotALogLine:
        return True
    return False


def text_of(line: bytes) -> str:
    return line.decode("utf-8", "replace").replace("\0", "")


def drafted(view: PageView, event_id: str, project: ProjectRecord) -> Draft:
    """The page view as an event from its visitor's own browser; raises Refused."""
    payload = TrackPayload(
        name="page_view", eventId=event_id, timestamp=view.at_ms, path=view.url, referrer=view.referrer
    )
    sender = Sender(
        received_ms=time.time_ns() // 1_000_000,
        address=view.address,
        user_agent=view.user_agent,
        sdk_name="access-log",
    )
    return draft(Item(payload, b""), project, sender)


def send(project: ProjectRecord, drafts: list[Draft], report: Report) -> None:
    """Accept what has gathered, once the log has room."""
    while any(
        stream.store().xlen(stream.log_key(shard)) > MOST_WAITING for shard in range(settings.EVENTLENS.stream_shards)
    ):
        time.sleep(WAIT_SECONDS)
    if drafts:
        accepted = accept(project, "import", drafts)
        report.repeated += sum(one.is_duplicate for one in accepted)
        report.views += len(accepted)
        drafts.clear()
