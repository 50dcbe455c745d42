"""The persons of a funnel."""

from insights.funnels import people as funnel_people
from insights.views import Asked, Question


class FunnelPeople(Asked):
    question = Question("funnel/people", funnel_people.read, funnel_people.answer, funnel_people.DEFINITIONS)
