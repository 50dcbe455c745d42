"""The API document's entries of questions, from each theme's table."""

from eventlens.apidocs.operations import Schema
from insights.cohorts import openapi as cohorts
from insights.described import answers
from insights.described import parameters as given
from insights.described.question import operations
from insights.funnels import openapi as funnels
from insights.paths import openapi as paths
from insights.people import openapi as people
from insights.query import openapi as query
from insights.raw import openapi as raw
from insights.retention import openapi as retention
from insights.trends import openapi as trends
from insights.web import openapi as web

TAGS = {"insights": "Ask what happened.", "filters": "What filters can be made of."}
THEMES = (web, people, funnels, paths, query, retention, trends, raw)
OPERATIONS = {
    **{name: one for theme in THEMES for view, row in theme.QUESTIONS.items() for name, one in operations(view, row)},
    **people.OPERATIONS,
    **cohorts.OPERATIONS,
    **raw.OPERATIONS,
}
COMPONENTS: dict[str, Schema] = {
    "schemas": {"Filter": given.FILTER, **given.FILTERS_BY_NAME, "Query": answers.QUERY, **cohorts.COMPONENTS}
}
