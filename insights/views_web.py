"""Questions in the vocabulary of all: the query, the general breakdown, goals and revenue."""

from insights import goals, query, query_reading, revenue
from insights.views import Asked, Question


class Query(Asked):
    question = Question("query", query_reading.read, query.answer, query.DEFINITIONS)


class Breakdown(Asked):
    question = Question("breakdown", query_reading.read_breakdown, query.answer_rows, query.DEFINITIONS)


class Goals(Asked):
    question = Question("goals", goals.read, goals.answer, goals.DEFINITIONS)


class Revenue(Asked):
    question = Question("revenue", revenue.read, revenue.answer, revenue.DEFINITIONS)
