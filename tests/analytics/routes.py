"""Three routes that do nothing but ask who is there: one to send, one to ask, one to manage."""

from django.contrib import admin
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.addresses import visitor_address
from analytics.authentication import caller_of
from analytics.permissions import MayAsk, MayIngest, MayManage
from analytics.throttles import IngestThrottle, QuestionThrottle


class Track(APIView):
    permission_classes = [MayIngest]
    throttle_classes = [IngestThrottle]

    def post(self, request: Request) -> Response:
        caller = caller_of(request)
        return Response(
            {
                "client": caller.client.id,
                "bySecret": caller.by_secret,
                "address": visitor_address(request),
                "body": request.data if request.body else None,
            }
        )


class Metrics(APIView):
    permission_classes = [MayAsk]
    throttle_classes = [QuestionThrottle]

    def get(self, request: Request, project_id: str) -> Response:
        return Response({"project": project_id})


class Profile(APIView):
    permission_classes = [MayManage]

    def delete(self, request: Request, project_id: str) -> Response:
        return Response({"project": project_id})


public = [
    path("track", Track.as_view()),
    path("insights/<str:project_id>/metrics", Metrics.as_view()),
    path("insights/<str:project_id>/profiles/7", Profile.as_view()),
]
urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include(public)),
    path("api/v1/analytics/", include(public)),
]
