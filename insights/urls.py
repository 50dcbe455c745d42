"""The addresses of questions."""

from django.urls import path

from insights import views

INSIGHTS = "insights/<str:project_id>"
FILTERS = "filters/<str:project_id>"

urlpatterns = [
    path(f"{INSIGHTS}/metrics", views.Metrics.as_view()),
    path(f"{INSIGHTS}/timeseries", views.Timeseries.as_view()),
    path(f"{INSIGHTS}/pages", views.Pages.as_view()),
    path(f"{INSIGHTS}/entry-pages", views.EntryPages.as_view()),
    path(f"{INSIGHTS}/exit-pages", views.ExitPages.as_view()),
    path(f"{INSIGHTS}/live", views.Live.as_view()),
    path(f"{INSIGHTS}/referrers", views.Referrers.as_view()),
    path(f"{INSIGHTS}/channels", views.Channels.as_view()),
    path(f"{INSIGHTS}/utm", views.Utm.as_view()),
    path(f"{INSIGHTS}/devices", views.Devices.as_view()),
    path(f"{INSIGHTS}/geo", views.Geo.as_view()),
    path(f"{INSIGHTS}/bots", views.Bots.as_view()),
    path(f"{INSIGHTS}/funnel", views.Funnel.as_view()),
    path(f"{INSIGHTS}/retention", views.Retention.as_view()),
    path(f"{INSIGHTS}/profiles", views.Profiles.as_view()),
    path(f"{INSIGHTS}/profiles/<path:profile_id>", views.Profile.as_view()),
    path(f"{FILTERS}/property-keys", views.PropertyKeys.as_view()),
    path(f"{FILTERS}/property-values", views.PropertyValues.as_view()),
    path(f"{FILTERS}/event-names", views.EventNames.as_view()),
    path(f"{FILTERS}/paths", views.Paths.as_view()),
    path(f"{FILTERS}/countries", views.Countries.as_view()),
]
