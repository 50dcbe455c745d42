"""How every question is asked over HTTP: who may, what was asked, the answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics import at_once
from analytics.authentication import known_caller
from analytics.directory import find_project
from analytics.permissions import MayAsk
from analytics.throttles import QuestionThrottle
from eventlens.api import InvalidInput, Problem
from eventlens.clickhouse import asking, people
from insights.asking.parameters import Given
from insights.asking.scope import Scope
from insights.etags import checked_by_etag
from insights.kept import kept


@dataclass(frozen=True)
class Question:
    """The parts of a question's module that a view needs."""

    name: str
    read: Callable[[Given], Any]
    answer: Callable[[Any], Any]
    definitions: Mapping[str, str]


class Asked(APIView):
    """GET with parameters in the address, POST with a JSON body; what is in both is taken from the body."""

    permission_classes = [MayAsk]
    throttle_classes = [QuestionThrottle]
    question: ClassVar[Question]

    def get(self, request: Request, project_id: str) -> Response:
        return Response(self.respond(given(request, project_id, {})))

    def post(self, request: Request, project_id: str) -> Response:
        return Response(self.respond(given(request, project_id, body(request))))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with asking.named(kwargs["project_id"], self.question.name):
            response = super().dispatch(request, *args, **kwargs)
        return checked_by_etag(request, response)

    def respond(self, given: Given) -> Any:
        caller = known_caller(self.request)
        with at_once.running(caller.client.id if caller else ""):
            return self.answered(given)

    def answered(self, given: Given) -> Any:
        given.ask_timezone()
        params, with_query = self.question.read(given), given.flag("meta")
        given.check()
        data = kept(self.question.name, params, given.now, lambda: self.question.answer(params))
        return {"data": data, "query": resolved(self.question, params)} if with_query else data


def given(request: Request, project_id: str, values: Mapping[str, object]) -> Given:
    project = find_project(project_id)
    if project is None:
        raise NotFound("There is no such project; check the project's id in the address.")
    return Given(
        {**of_address(request), **values},
        project.id,
        project.timezone,
        datetime.now(UTC),
        is_linked=people.has_links(project.id),
    )


def of_address(request: Request) -> dict[str, object]:
    """The parameters of the address; one that is there several times is a list, as many clients send lists."""
    return {name: texts if len(texts) > 1 else texts[-1] for name, texts in request.query_params.lists()}


def body(request: Request) -> Mapping[str, object]:
    """Raises InvalidInput unless the body is a JSON object or empty."""
    if not isinstance(request.data, dict):
        raise InvalidInput([Problem("body", "The body must be a JSON object of parameters.")])
    return request.data


def resolved(question: Question, params: Any) -> dict[str, Any]:
    """The question as it was understood: enough to ask it again and to argue about its numbers.

    What a parameter's repr leaves out is worked out from the others and left out here, too.
    """
    answered: dict[str, Any] = {"question": question.name}
    for field in (one for one in fields(params) if one.repr):
        value = getattr(params, field.name)
        answered |= value.described() if isinstance(value, Scope) else {field.name: value}
    return {**answered, "definitions": question.definitions}
