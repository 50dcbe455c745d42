"""Cohorts over HTTP: who may ask may read them, a root client makes, changes and deletes them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics import cohorts as rows
from analytics.models import Cohort, new_id
from analytics.permissions import MayAsk, MayManage
from analytics.throttles import QuestionThrottle
from eventlens.api import InvalidInput, Problem
from insights.asked import Asked, Question, body, given
from insights.asking.parameters import Given
from insights.cohorts import book as cohort_book
from insights.cohorts import cohorts, reading

NO_COHORT = "This project has no such cohort; GET …/cohorts lists all that there are."


def found(project_id: str, cohort_id: str) -> Cohort:
    cohort = rows.find(project_id, cohort_id)
    if cohort is None:
        raise NotFound(NO_COHORT)
    return cohort


def asked(request: Request, project_id: str) -> Given:
    return given(request, project_id, body(request))


class CohortView(APIView):
    """Reading is asking, everything else is managing."""

    throttle_classes = [QuestionThrottle]

    def get_permissions(self) -> Sequence[Any]:
        return [MayAsk() if self.request.method in {"GET", "HEAD", "OPTIONS"} else MayManage()]


class Cohorts(CohortView):
    def get(self, request: Request, project_id: str) -> Response:
        return Response([cohort_book.shape(one) for one in rows.of_project(project_id)])

    def post(self, request: Request, project_id: str) -> Response:
        values = asked(request, project_id)
        raw = values.value("id")
        slug = new_id() if raw is None else raw
        cohort = cohort_book.change(values, lambda: new_cohort(values, slug), is_whole=True)
        return Response(cohort_book.shape(cohort), status=201)


class OneCohort(CohortView):
    def get(self, request: Request, project_id: str, cohort_id: str) -> Response:
        return Response(cohort_book.shape(found(project_id, cohort_id)))

    def put(self, request: Request, project_id: str, cohort_id: str) -> Response:
        """The cohort is what the body says, whether there was one of this id or not."""
        values = asked(request, project_id)
        cohort = cohort_book.change(
            values, lambda: rows.find(project_id, cohort_id) or new_cohort(values, cohort_id), is_whole=True
        )
        return Response(cohort_book.shape(cohort))

    def patch(self, request: Request, project_id: str, cohort_id: str) -> Response:
        found(project_id, cohort_id)
        values = asked(request, project_id)
        cohort = cohort_book.change(values, lambda: found(project_id, cohort_id), is_whole=False)
        return Response(cohort_book.shape(cohort))

    def delete(self, request: Request, project_id: str, cohort_id: str) -> Response:
        """The answer is what is gone."""
        cohort = found(project_id, cohort_id)
        was = cohort_book.shape(cohort)
        cohort_book.delete(cohort)
        return Response(was)


class CohortRefresh(CohortView):
    def post(self, request: Request, project_id: str, cohort_id: str) -> Response:
        cohort = cohort_book.refresh(
            project_id, lambda: refreshable(project_id, cohort_id), cohort_book.query_seconds(), datetime.now(UTC)
        )
        return Response(cohort_book.shape(cohort))


class CohortPeople(Asked):
    """Who is in it now."""

    http_method_names = ["get", "head", "options"]
    question = Question("cohorts/people", cohorts.read_people, cohorts.answer_people, cohorts.DEFINITIONS)

    def get(self, request: Request, project_id: str, cohort_id: str = "") -> Response:
        cohort = found(project_id, cohort_id)
        return Response(self.respond(given(request, project_id, {"id": cohort.slug})))


def refreshable(project_id: str, cohort_id: str) -> Cohort:
    cohort = found(project_id, cohort_id)
    if cohort.definition is None:
        raise InvalidInput([Problem("id", "This cohort is a list, which stays as it is; PUT another list.")])
    return cohort


def new_cohort(values: Given, raw: object) -> Cohort:
    """Not saved yet. That the id is taken, or that there are too many, is a problem."""
    known: Mapping[str, str] = {one.slug: one.name for one in rows.of_project(values.project)}
    slug = reading.read_id(values, raw)
    if slug in known:
        values.problem("id", "There is a cohort of this id; change it by PUT.")
    if len(known) >= cohort_book.MOST_COHORTS:
        values.problem("id", f"A project has at most {cohort_book.MOST_COHORTS} cohorts; delete one first.")
    return Cohort(project_id=values.project, slug=slug)
