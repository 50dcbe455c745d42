"""Every public address, at the root and again under /api/v1/analytics."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from eventlens import health

public: list[URLPattern | URLResolver] = [
    path("health", health.health),
    path("ready", health.ready),
    path("", include("ingestion.urls")),
    path("", include("insights.urls")),
]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include(public)),
    path("api/v1/analytics/", include(public)),
]

handler400 = "eventlens.api.bad_request"
handler404 = "eventlens.api.not_found"
handler500 = "eventlens.api.server_error"
