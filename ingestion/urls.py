"""The routes that take events in, relative to wherever they are mounted."""

from django.urls import path

from ingestion.views import DeviceIdView, TrackBatchView, TrackView

urlpatterns = [
    path("track", TrackView.as_view()),
    path("track/batch", TrackBatchView.as_view()),
    path("track/device-id", DeviceIdView.as_view()),
]
