"""The quarantine's table: what could not be stored, why, and what became of it."""

import msgspec
from django.db import models
from django.db.models import QuerySet

from ingestion.door.accepted import AcceptedChange, AcceptedEvent

LONGEST_ID = 200
decode_event = msgspec.msgpack.Decoder(AcceptedEvent | AcceptedChange).decode


class Kind(models.TextChoices):
    EVENT = "event", "One event"
    ENTRY = "entry", "A request of the log that cannot be read"


class State(models.TextChoices):
    WAITING = "waiting", "Waiting for a decision"
    REPLAYING = "replaying", "To be replayed"
    REPLAYED = "replayed", "Replayed"


class QuarantinedEvent(models.Model):
    """One event, or one unreadable entry of the log; `payload` is what stands in the log, in MessagePack."""

    # Of the entry in Redis's quarantine, so that whoever moves it twice moves it once.
    entry_id = models.CharField(max_length=40, unique=True, db_column="entryId")
    kind = models.CharField(max_length=8, choices=Kind)
    project_id = models.CharField("project", max_length=36, blank=True, default="", db_column="projectId")
    name = models.CharField(max_length=LONGEST_ID, blank=True, default="")
    event_id = models.CharField(max_length=LONGEST_ID, blank=True, default="", db_column="eventId")
    device_id = models.CharField(max_length=LONGEST_ID, blank=True, default="", db_column="deviceId")
    profile_id = models.CharField(max_length=LONGEST_ID, blank=True, default="", db_column="profileId")
    reason = models.TextField()
    payload = models.BinaryField()
    received_at = models.DateTimeField(null=True, blank=True, db_column="receivedAt")
    quarantined_at = models.DateTimeField(db_column="quarantinedAt")
    state = models.CharField(max_length=16, choices=State, default=State.WAITING, db_index=True)
    replayed_at = models.DateTimeField(null=True, blank=True, db_column="replayedAt")

    class Meta:
        db_table = "ingestion_quarantine"
        ordering = ["-id"]
        verbose_name = "event in quarantine"
        verbose_name_plural = "events in quarantine"

    def __str__(self) -> str:
        return f"{self.name or self.kind} ({self.entry_id})"

    def event(self) -> AcceptedEvent | AcceptedChange | None:
        """The event, if it is one that this release can read."""
        try:
            return decode_event(bytes(self.payload)) if self.kind == Kind.EVENT else None
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None


def request_replay(rows: QuerySet[QuarantinedEvent]) -> int:
    """Note that these are to be replayed; what was replayed before is left alone. Returns how many were noted."""
    return rows.filter(state=State.WAITING).update(state=State.REPLAYING)
