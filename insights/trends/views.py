"""Questions over time with several series."""

from insights.asked import Asked, Question
from insights.trends import reading as trend_reading
from insights.trends import trends


class Trends(Asked):
    question = Question("trends", trend_reading.read, trends.answer, trends.DEFINITIONS)
