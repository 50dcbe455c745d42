"""Questions over time with several series."""

from insights import trend_reading, trends
from insights.views import Asked, Question


class Trends(Asked):
    question = Question("trends", trend_reading.read, trends.answer, trends.DEFINITIONS)
