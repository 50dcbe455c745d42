"""The routes that take events in: policy, decode, accept, respond."""

import time
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.addresses import visitor_address
from analytics.authentication import caller_of
from analytics.directory import ProjectRecord, find_project
from analytics.permissions import NO_PROJECT, MayIngest
from analytics.throttles import IngestThrottle
from eventlens import metrics
from eventlens.api import InvalidInput
from ingestion import contract
from ingestion.accept import Accepted, accept, present_device
from ingestion.body import body_of
from ingestion.drafts import Sender, draft, draft_all
from ingestion.moments import Sent
from ingestion.refusal import Refused

REASONS = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    413: "too_large",
    415: "not_json",
    429: "limited",
    503: "unavailable",
}


class Entrance(APIView):
    """Who may send and how much; what is refused is counted by its reason."""

    permission_classes = [MayIngest]
    throttle_classes = [IngestThrottle]

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        metrics.count("events_rejected", 1, REASONS.get(response.status_code, "other"))
        return response


class TrackView(Entrance):
    """One event."""

    def post(self, request: Request) -> Response:
        project = project_of(request)
        try:
            item = contract.read_one(body_of(request._request))
            event = draft(item, project, sender_of(request))
        except Refused as refused:
            raise InvalidInput([contract.named(refused.problem)]) from None
        [accepted] = accept(project, caller_of(request).client.id, [event])
        return Response(answer(accepted))


class TrackBatchView(Entrance):
    """Many events; each is taken or rejected by itself."""

    def post(self, request: Request) -> Response:
        project = project_of(request)
        batch = contract.read_batch(body_of(request._request))
        good, rejected = draft_all(batch.items, project, sender_of(request, batch.sent_at))
        if not good:
            raise InvalidInput([contract.numbered(index, problem) for index, problem in rejected.items()])
        accepted = accept(project, caller_of(request).client.id, list(good.values()))
        metrics.count("events_rejected", len(rejected), REASONS[400])
        body: dict[str, Any] = {
            "success": True,
            "processed": len(accepted),
            "rejected": [contract.rejection(index, problem) for index, problem in rejected.items()],
        }
        return Response(body | remarks(dict(zip(good, accepted, strict=True))))


class DeviceIdView(Entrance):
    """Which device and session the caller's next event would be of."""

    def get(self, request: Request) -> Response:
        device_id, session_id = present_device(project_of(request), sender_of(request))
        return Response({"deviceId": device_id, "sessionId": session_id})


def project_of(request: Request) -> ProjectRecord:
    project = find_project(caller_of(request).client.project_id)
    if project is None:
        raise NotFound(NO_PROJECT)
    return project


def sender_of(request: Request, sent_at: Sent | None = None) -> Sender:
    meta = request.META
    return Sender(
        received_ms=time.time_ns() // 1_000_000,
        address=visitor_address(request),
        user_agent=header_text(meta.get("HTTP_USER_AGENT", "")),
        sdk_name=header_text(meta.get("HTTP_OPENPANEL_SDK_NAME", "")),
        sdk_version=header_text(meta.get("HTTP_OPENPANEL_SDK_VERSION", "")),
        by_secret=caller_of(request).by_secret,
        sent_at=sent_at,
    )


def header_text(header: str) -> str:
    """WSGI hands headers on as Latin-1, whatever they were written in."""
    return header if header.isascii() else header.encode("latin-1", "replace").decode("utf-8", "replace")


def answer(accepted: Accepted) -> dict[str, Any]:
    """What the sender of one event is told; the remarks only where there is something to remark."""
    body: dict[str, Any] = {
        "success": True,
        "eventId": accepted.event_id,
        "deviceId": accepted.device_id,
        "sessionId": accepted.session_id,
    }
    if accepted.is_duplicate:
        body["duplicate"] = True
    if accepted.is_adjusted:
        body["adjusted"] = True
    return body


def remarks(accepted: dict[int, Accepted]) -> dict[str, list[int]]:
    """The positions of a batch's repeats and of events whose time was adjusted, where there are any."""
    found = {
        "duplicates": [index for index, one in accepted.items() if one.is_duplicate],
        "adjusted": [index for index, one in accepted.items() if one.is_adjusted],
    }
    return {name: positions for name, positions in found.items() if positions}
