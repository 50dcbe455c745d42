"""Persons: who is known, one of them, and forgetting that one. The forgetting itself is a worker's work."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics import erasures
from analytics.permissions import MayManage
from analytics.throttles import QuestionThrottle
from eventlens.api import InvalidInput, Problem
from insights.asked import Asked, Question, given
from insights.people import profiles
from insights.people.erasures import LONGEST_ID, is_number, shape


class Profiles(Asked):
    http_method_names = ["get", "head", "options"]
    question = Question("profiles", profiles.read, profiles.answer, profiles.DEFINITIONS)


class Profile(Asked):
    """One person, who may be asked about and be forgotten; the id stands in the address."""

    http_method_names = ["get", "head", "delete", "options"]
    question = Question("profile", profiles.read_profile, profiles.answer_profile, profiles.PROFILE_DEFINITIONS)

    def get(self, request: Request, project_id: str, profile_id: str = "") -> Response:
        answered = self.respond(given(request, project_id, {"id": profile_id}))
        if answered is None or (isinstance(answered, dict) and answered.get("data", answered) is None):
            raise NotFound("Nobody is known by this id; ids are as they were sent, upper and lower case matter.")
        return Response(answered)

    def get_permissions(self) -> Sequence[Any]:
        return [MayManage()] if self.request.method == "DELETE" else super().get_permissions()

    def delete(self, request: Request, project_id: str, profile_id: str) -> Response:
        """Nobody has to be known by the id: what is to be forgotten may still wait in the log."""
        if len(profile_id) > LONGEST_ID or "\0" in profile_id:
            raise InvalidInput([Problem("id", f"An id has at most {LONGEST_ID} characters, and no NUL among them.")])
        erasure = erasures.erase_profile(project_id, profile_id, timezone.now())
        return Response(shape(erasure, request.path.split("/insights/")[0]), status=202)


class ErasureView(APIView):
    """How far it is, and how many rows it took."""

    permission_classes = [MayManage]
    throttle_classes = [QuestionThrottle]

    def get(self, request: Request, project_id: str, number: str) -> Response:
        found = erasures.find_profile_erasure(project_id, int(number)) if is_number(number) else None
        if found is None:
            raise NotFound("This project has no such erasure; the answer to the DELETE names its statusUrl.")
        return Response(shape(found, request.path.split("/insights/")[0]))
