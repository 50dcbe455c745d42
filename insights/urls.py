"""The addresses of questions."""

from django.urls import path

from insights.cohorts import views as cohorts
from insights.funnels import views as funnels
from insights.paths import views as paths
from insights.people import views as people
from insights.query import views as query
from insights.raw import views as raw
from insights.retention import views as retention
from insights.trends import views as trends
from insights.web import views as web

INSIGHTS = "insights/<str:project_id>"
FILTERS = "filters/<str:project_id>"

urlpatterns = [
    path(f"{INSIGHTS}/metrics", web.Metrics.as_view()),
    path(f"{INSIGHTS}/timeseries", web.Timeseries.as_view()),
    path(f"{INSIGHTS}/query", query.Query.as_view()),
    path(f"{INSIGHTS}/breakdown", query.Breakdown.as_view()),
    path(f"{INSIGHTS}/goals", query.Goals.as_view()),
    path(f"{INSIGHTS}/revenue", query.Revenue.as_view()),
    path(f"{INSIGHTS}/paths", paths.UserPaths.as_view()),
    path(f"{INSIGHTS}/cohorts", cohorts.Cohorts.as_view()),
    path(f"{INSIGHTS}/cohorts/<str:cohort_id>", cohorts.OneCohort.as_view()),
    path(f"{INSIGHTS}/cohorts/<str:cohort_id>/refresh", cohorts.CohortRefresh.as_view()),
    path(f"{INSIGHTS}/cohorts/<str:cohort_id>/people", cohorts.CohortPeople.as_view()),
    path(f"{INSIGHTS}/pages", web.Pages.as_view()),
    path(f"{INSIGHTS}/entry-pages", web.EntryPages.as_view()),
    path(f"{INSIGHTS}/exit-pages", web.ExitPages.as_view()),
    path(f"{INSIGHTS}/live", web.Live.as_view()),
    path(f"{INSIGHTS}/referrers", web.Referrers.as_view()),
    path(f"{INSIGHTS}/channels", web.Channels.as_view()),
    path(f"{INSIGHTS}/utm", web.Utm.as_view()),
    path(f"{INSIGHTS}/devices", web.Devices.as_view()),
    path(f"{INSIGHTS}/geo", web.Geo.as_view()),
    path(f"{INSIGHTS}/bots", web.Bots.as_view()),
    path(f"{INSIGHTS}/funnel", funnels.Funnel.as_view()),
    path(f"{INSIGHTS}/funnel/people", funnels.FunnelPeople.as_view()),
    path(f"{INSIGHTS}/retention", retention.Retention.as_view()),
    path(f"{INSIGHTS}/retention/people", retention.RetentionPeople.as_view()),
    path(f"{INSIGHTS}/lifecycle", retention.Lifecycle.as_view()),
    path(f"{INSIGHTS}/stickiness", retention.Stickiness.as_view()),
    path(f"{INSIGHTS}/trends", trends.Trends.as_view()),
    path(f"{INSIGHTS}/profiles", people.Profiles.as_view()),
    path(f"{INSIGHTS}/profiles/<path:profile_id>", people.Profile.as_view()),
    path(f"{INSIGHTS}/events", raw.Events.as_view()),
    path(f"{INSIGHTS}/sessions", raw.Sessions.as_view()),
    path(f"{INSIGHTS}/sessions/<path:session_id>", raw.OneSession.as_view()),
    path(f"{INSIGHTS}/export", raw.Export.as_view()),
    path(f"{INSIGHTS}/erasures/<str:number>", people.ErasureView.as_view()),
    path(f"{FILTERS}/property-keys", web.PropertyKeys.as_view()),
    path(f"{FILTERS}/property-values", web.PropertyValues.as_view()),
    path(f"{FILTERS}/event-names", web.EventNames.as_view()),
    path(f"{FILTERS}/paths", web.Paths.as_view()),
    path(f"{FILTERS}/countries", web.Countries.as_view()),
]
