"""The plain way, to compare with: a DRF serializer, and one task.delay() an event."""

from celery import Celery
from django.conf import settings
from django.urls import path
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.permissions import MayIngest

app = Celery("plain", broker=settings.EVENTLENS.redis_url)
app.conf.update(task_ignore_result=True, task_default_queue="plain")


@app.task(name="plain.store")
def store(event: dict[str, object]) -> None:
    """What a worker would do with it."""


class Payload(serializers.Serializer[dict[str, object]]):
    """The fields that the measured events have."""

    name = serializers.CharField(max_length=200)
    deviceId = serializers.CharField(max_length=200, required=False)
    path = serializers.CharField(max_length=8192, required=False)
    referrer = serializers.CharField(max_length=8192, required=False)
    properties = serializers.DictField(required=False)


class Event(serializers.Serializer[dict[str, object]]):
    """One event."""

    type = serializers.ChoiceField(choices=["track"])
    payload = Payload()


class Track(APIView):
    """Authenticated as the real one is."""

    permission_classes: list[type[BasePermission]] = [MayIngest]

    def post(self, request: Request) -> Response:
        event = Event(data=request.data)
        event.is_valid(raise_exception=True)
        task = store.delay(event.validated_data)
        return Response({"success": True, "eventId": task.id})


urlpatterns = [path("track", Track.as_view())]
