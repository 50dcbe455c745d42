"""Raw rows: pages of events and sessions, one session, and the export."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.authentication import known_caller
from analytics.permissions import MayAsk
from analytics.throttles import QuestionThrottle
from insights.asked import Asked, Question, given
from insights.raw import export, raw
from insights.raw.formats import FORMATS
from insights.raw.slots import slots


class Events(Asked):
    question = Question("events", raw.read, raw.answer, raw.DEFINITIONS)


class Sessions(Asked):
    question = Question("sessions", raw.read_sessions, raw.answer_sessions, raw.SESSIONS_DEFINITIONS)


class OneSession(Asked):
    http_method_names = ["get", "head", "options"]
    question = Question("session", raw.read_session, raw.answer_session, raw.SESSION_DEFINITIONS)

    def get(self, request: Request, project_id: str, session_id: str = "") -> Response:
        answered = self.respond(given(request, project_id, {"id": session_id}))
        if answered is None or answered.get("data", answered) is None:
            raise NotFound("There is no session of this id; a late event may have changed it, see …/sessions.")
        return Response(answered)


class Export(APIView):
    """No HEAD: it would make the whole file and throw it away."""

    http_method_names = ["get", "options"]
    permission_classes = [MayAsk]
    throttle_classes = [QuestionThrottle]

    def get(self, request: Request, project_id: str) -> HttpResponseBase:
        asked = given(request, project_id, {})
        asked.ask_timezone()
        params = export.read(asked)
        asked.check()
        caller = known_caller(request)
        file = File(params, caller.client.id if caller else "")
        response = StreamingHttpResponse(file, content_type=media_of(params))
        response["Content-Disposition"] = f'attachment; filename="{export.file_name(params)}"'
        response["Cache-Control"] = "no-store"
        response["X-Accel-Buffering"] = "no"  # a proxy that reads ahead of its client would fill its disk
        return response


def media_of(params: export.Params) -> str:
    return "application/gzip" if params.zipped else FORMATS[params.format].media


class File:
    """The pieces of an export; the first is made at once, so that what is wrong is still an error of its own.

    Django closes it when the answer is over, however it ended.
    """

    def __init__(self, params: export.Params, client: str) -> None:
        slots.take(client)
        self.client, self.is_open = client, True
        try:
            self.pieces = export.pieces(params)
            self.first: bytes | None = next(self.pieces)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[bytes]:
        if self.first is not None:
            first, self.first = self.first, None
            yield first
        yield from self.pieces

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            slots.give_back(self.client)
