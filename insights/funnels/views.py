"""Funnels, and the people in them."""

from insights.asked import Asked, Question
from insights.funnels import funnel
from insights.funnels import people as funnel_people


class Funnel(Asked):
    question = Question("funnel", funnel.read, funnel.answer, funnel.DEFINITIONS)


class FunnelPeople(Asked):
    question = Question(funnel_people.QUESTION, funnel_people.read, funnel_people.answer, funnel_people.DEFINITIONS)
