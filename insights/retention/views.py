"""Questions of who comes back."""

from insights.asked import Asked, Question
from insights.retention import lifecycle, retention, stickiness
from insights.retention import people as retention_people


class Retention(Asked):
    question = Question("retention", retention.read, retention.answer, retention.DEFINITIONS)


class RetentionPeople(Asked):
    question = Question(
        retention_people.QUESTION, retention_people.read, retention_people.answer, retention_people.DEFINITIONS
    )


class Lifecycle(Asked):
    question = Question("lifecycle", lifecycle.read, lifecycle.answer, lifecycle.DEFINITIONS)


class Stickiness(Asked):
    question = Question("stickiness", stickiness.read, stickiness.answer, stickiness.DEFINITIONS)
