"""Questions in the vocabulary of all: the query, the general breakdown, goals and revenue."""

from insights.asked import Asked, Question
from insights.query import query
from insights.query import reading as query_reading
from insights.web import goals, revenue


class Query(Asked):
    question = Question("query", query_reading.read, query.answer, query.DEFINITIONS)


class Breakdown(Asked):
    question = Question("breakdown", query_reading.read_breakdown, query.answer_rows, query.DEFINITIONS)


class Goals(Asked):
    question = Question("goals", goals.read, goals.answer, goals.DEFINITIONS)


class Revenue(Asked):
    question = Question("revenue", revenue.read, revenue.answer, revenue.DEFINITIONS)
