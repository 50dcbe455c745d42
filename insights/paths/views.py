"""Paths of users; the list of paths for filters is among the other lists."""

from insights.paths import paths
from insights.paths import reading as paths_reading
from insights.views import Asked, Question


class UserPaths(Asked):
    question = Question("paths", paths_reading.read, paths.answer, paths.DEFINITIONS)
