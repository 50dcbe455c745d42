"""Forgetting a person: the wish, and what has become of it. The work itself is a worker's."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics import erasures
from analytics.models import Erasure
from analytics.permissions import MayManage
from analytics.throttles import QuestionThrottle
from eventlens.api import InvalidInput, Problem
from insights.views import Profile

LONGEST_ID = 10_000  # the most that the setting EVENTLENS_MAX_KEY_LENGTH allows
LONGEST_NUMBER = 18


class ErasableProfile(Profile):
    """One person, who may be asked about and be forgotten."""

    http_method_names = ["get", "head", "delete", "options"]

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


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER


def shape(erasure: Erasure, prefix: str) -> dict[str, Any]:
    """`profileId` is null once the person is erased, and `erased` tells the numbers once they are known."""
    return {
        "id": str(erasure.pk),
        "profileId": erasure.subject or None,
        "state": erasure.state,
        "requestedAt": erasure.requested_at,
        "erasedAt": erasure.erased_at,
        "finishedAt": erasure.finished_at,
        "erased": erasure.counts,
        "statusUrl": f"{prefix}/insights/{erasure.project_id}/erasures/{erasure.pk}",
    }
