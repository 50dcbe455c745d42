"""The routes that take events in: policy, decode, accept, respond."""

from collections.abc import Callable

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.authentication import caller_of
from analytics.directory import ProjectRecord, find_project
from analytics.permissions import NO_PROJECT, MayIngest
from analytics.throttles import IngestThrottle
from ingestion.door.accept import accept, present_device
from ingestion.wire.body import body_of
from ingestion.wire.drafts import Sender
from ingestion.wire.letters import Letter, read_event, read_events
from ingestion.wire.refusal import count_refusal
from ingestion.wire.senders import sender_of

Read = Callable[[bytes, ProjectRecord, Sender], Letter]


class Entrance(APIView):
    """Who may send and how much; what is refused is counted by its reason."""

    permission_classes = [MayIngest]
    throttle_classes = [IngestThrottle]

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        count_refusal(response.status_code)
        return response


class TrackView(Entrance):
    """One event."""

    read: Read = staticmethod(read_event)

    def post(self, request: Request) -> Response:
        caller, project = caller_of(request), project_of(request)
        text = body_of(request._request)
        letter = self.read(text, project, sender_of(request.META, caller.by_secret))
        return Response(letter.answer(accept(project, caller.client.id, letter.drafts)))


class TrackBatchView(TrackView):
    """Many events; each is taken or rejected by itself."""

    read: Read = staticmethod(read_events)


class DeviceIdView(Entrance):
    """Which device and session the caller's next event would be of."""

    def get(self, request: Request) -> Response:
        project = project_of(request)
        device_id, session_id = present_device(project, sender_of(request.META, caller_of(request).by_secret))
        return Response({"deviceId": device_id, "sessionId": session_id})


def project_of(request: Request) -> ProjectRecord:
    project = find_project(caller_of(request).client.project_id)
    if project is None:
        raise NotFound(NO_PROJECT)
    return project
