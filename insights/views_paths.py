"""Paths of users; the list of paths for filters is among the other lists."""

from insights import paths
from insights.views import Asked, Question


class UserPaths(Asked):
    question = Question("paths", paths.read, paths.answer, paths.DEFINITIONS)
