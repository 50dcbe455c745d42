"""The quarantine in Django's admin: read, replay, delete; nothing there can be written or changed."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ingestion.door.accepted import AcceptedChange, AcceptedEvent
from ingestion.log.wake import enqueue_replay
from ingestion.models import QuarantinedEvent, request_replay

if TYPE_CHECKING:  # Django's classes take a model for the type checker alone
    QuarantineModelAdmin = admin.ModelAdmin[QuarantinedEvent]
else:
    QuarantineModelAdmin = admin.ModelAdmin

SHOWN_CHARACTERS = 100_000
REASON_CHARACTERS = 120
LAYOUT: dict[str, Any] = {"indent": 2, "ensure_ascii": False, "default": repr}


@admin.register(QuarantinedEvent)
class QuarantinedEventAdmin(QuarantineModelAdmin):
    """Who may change events in quarantine may replay them."""

    list_display = ["name", "project_id", "profile_id", "short_reason", "state", "quarantined_at", "event_id"]
    list_filter = ["state", "kind", "project_id"]
    search_fields = ["reason", "project_id", "name", "event_id", "device_id", "profile_id"]
    date_hierarchy = None
    show_full_result_count = False
    actions = ["replay"]
    fields = [
        "reason",
        "project_id",
        "kind",
        "name",
        "event_id",
        "device_id",
        "profile_id",
        "received_at",
        "quarantined_at",
        "state",
        "replayed_at",
        "shown_payload",
    ]
    readonly_fields = ["shown_payload"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: QuarantinedEvent | None = None) -> bool:
        """What a sender sent is evidence: nobody edits it."""
        return False

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("ingestion.change_quarantinedevent")

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuarantinedEvent]:
        """Without the payloads, which a list would read by the megabyte."""
        events: QuerySet[QuarantinedEvent] = super().get_queryset(request)
        return events.defer("payload")

    @admin.display(description="reason", ordering="reason")
    def short_reason(self, event: QuarantinedEvent) -> str:
        reason = event.reason
        return reason if len(reason) <= REASON_CHARACTERS else f"{reason[:REASON_CHARACTERS]}…"

    @admin.display(description="payload")
    def shown_payload(self, event: QuarantinedEvent) -> SafeString:
        """Escaped: a sender may have sent a script."""
        return format_html('<pre style="white-space: pre-wrap">{}</pre>', readable(event)[:SHOWN_CHARACTERS])

    @admin.action(description="Replay: put back into the log, to be stored", permissions=["replay"])
    def replay(self, request: HttpRequest, events: QuerySet[QuarantinedEvent]) -> None:
        asked = events.count()
        noted = request_replay(events)
        enqueue_replay()
        text = (
            f"{noted} of {asked} will be replayed within seconds; what fails again comes back here with its reason."
        )
        if noted < asked:
            text += f" {asked - noted} were replayed before and are left alone."
        self.message_user(request, text, messages.SUCCESS if noted else messages.WARNING)


def readable(event: QuarantinedEvent) -> str:
    """The payload as JSON with the names of its fields; what cannot be read is shown byte by byte."""
    known = event.event()
    payload = bytes(event.payload)
    try:
        return json.dumps(named(known) if known else msgspec.msgpack.decode(payload), **LAYOUT)
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError, ValueError):
        return repr(payload)


def named(event: AcceptedEvent | AcceptedChange) -> dict[str, Any]:
    return msgspec.structs.asdict(event) if isinstance(event, AcceptedEvent) else asdict(event)
