"""Paths of users; the list of paths for filters is among the other lists."""

from insights.asked import Asked, Question
from insights.paths import paths
from insights.paths import reading as paths_reading


class UserPaths(Asked):
    question = Question("paths", paths_reading.read, paths.answer, paths.DEFINITIONS)
