"""Questions of who comes back: the people behind retention, lifecycle and stickiness."""

from insights.retention import lifecycle, stickiness
from insights.retention import people as retention_people
from insights.views import Asked, Question


class RetentionPeople(Asked):
    question = Question(
        retention_people.QUESTION, retention_people.read, retention_people.answer, retention_people.DEFINITIONS
    )


class Lifecycle(Asked):
    question = Question("lifecycle", lifecycle.read, lifecycle.answer, lifecycle.DEFINITIONS)


class Stickiness(Asked):
    question = Question("stickiness", stickiness.read, stickiness.answer, stickiness.DEFINITIONS)
