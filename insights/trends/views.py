"""Questions over time with several series."""

from insights.trends import reading as trend_reading
from insights.trends import trends
from insights.views import Asked, Question


class Trends(Asked):
    question = Question("trends", trend_reading.read, trends.answer, trends.DEFINITIONS)
