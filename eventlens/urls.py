"""Every public address, at the root and again under /api/v1/analytics."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from eventlens import exposition, health

public: list[URLPattern | URLResolver] = [
    path("health", health.health),
    path("ready", health.ready),
    path("", include("ingestion.urls")),
    path("", include("insights.urls")),
]

urlpatterns = [
    path("admin/", include("analytics.urls")),  # its log-in has a limit
    path("admin/", admin.site.urls),
    path("metrics", exposition.metrics_page),  # never under the public prefix, which proxies pass on
    path("", include(public)),
    path("api/v1/analytics/", include(public)),
]

handler400 = "eventlens.api.bad_request"
handler404 = "eventlens.api.not_found"
handler500 = "eventlens.api.server_error"
