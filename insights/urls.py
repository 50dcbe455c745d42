"""The addresses of questions."""

from django.urls import path

from insights import views
from insights.cohorts import views as views_cohorts
from insights.funnels import views as views_funnel
from insights.paths import views as views_paths
from insights.people import erasures
from insights.query import views as views_web
from insights.raw import views as views_raw
from insights.retention import views as views_retention
from insights.trends import views as views_trends

INSIGHTS = "insights/<str:project_id>"
FILTERS = "filters/<str:project_id>"

urlpatterns = [
    path(f"{INSIGHTS}/metrics", views.Metrics.as_view()),
    path(f"{INSIGHTS}/timeseries", views.Timeseries.as_view()),
    path(f"{INSIGHTS}/query", views_web.Query.as_view()),
    path(f"{INSIGHTS}/breakdown", views_web.Breakdown.as_view()),
    path(f"{INSIGHTS}/goals", views_web.Goals.as_view()),
    path(f"{INSIGHTS}/revenue", views_web.Revenue.as_view()),
    path(f"{INSIGHTS}/paths", views_paths.UserPaths.as_view()),
    path(f"{INSIGHTS}/cohorts", views_cohorts.Cohorts.as_view()),
    path(f"{INSIGHTS}/cohorts/<str:cohort_id>", views_cohorts.OneCohort.as_view()),
    path(f"{INSIGHTS}/cohorts/<str:cohort_id>/refresh", views_cohorts.CohortRefresh.as_view()),
    path(f"{INSIGHTS}/cohorts/<str:cohort_id>/people", views_cohorts.CohortPeople.as_view()),
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
    path(f"{INSIGHTS}/funnel/people", views_funnel.FunnelPeople.as_view()),
    path(f"{INSIGHTS}/retention", views.Retention.as_view()),
    path(f"{INSIGHTS}/retention/people", views_retention.RetentionPeople.as_view()),
    path(f"{INSIGHTS}/lifecycle", views_retention.Lifecycle.as_view()),
    path(f"{INSIGHTS}/stickiness", views_retention.Stickiness.as_view()),
    path(f"{INSIGHTS}/trends", views_trends.Trends.as_view()),
    path(f"{INSIGHTS}/profiles", views.Profiles.as_view()),
    path(f"{INSIGHTS}/profiles/<path:profile_id>", erasures.ErasableProfile.as_view()),
    path(f"{INSIGHTS}/events", views_raw.Events.as_view()),
    path(f"{INSIGHTS}/sessions", views_raw.Sessions.as_view()),
    path(f"{INSIGHTS}/sessions/<path:session_id>", views_raw.OneSession.as_view()),
    path(f"{INSIGHTS}/export", views_raw.Export.as_view()),
    path(f"{INSIGHTS}/erasures/<str:number>", erasures.ErasureView.as_view()),
    path(f"{FILTERS}/property-keys", views.PropertyKeys.as_view()),
    path(f"{FILTERS}/property-values", views.PropertyValues.as_view()),
    path(f"{FILTERS}/event-names", views.EventNames.as_view()),
    path(f"{FILTERS}/paths", views.Paths.as_view()),
    path(f"{FILTERS}/countries", views.Countries.as_view()),
]
