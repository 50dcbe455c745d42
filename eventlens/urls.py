"""Every public address, at the root and again under /api/v1/analytics."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from eventlens import exposition, health
from eventlens.apidocs import views as apidocs

public: list[URLPattern | URLResolver] = [
    path("health", health.Health.as_view()),
    path("ready", health.Ready.as_view()),
    path("openapi.json", apidocs.Document.as_view()),
    path("docs", apidocs.Page.as_view()),
    path("docs/<str:name>", apidocs.Asset.as_view()),
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
